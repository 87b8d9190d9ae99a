/* SPDX-License-Identifier: Apache-2.0 */
/* A method in C++17 against the public headers alone, as an outside author would write it. */
#include <provd/cloud.h>
#include <provd/hal_ble.h>
#include <provd/hal_monitor.h>
#include <provd/hal_offload.h>
#include <provd/hal_softap.h>
#include <provd/hal_station.h>
#include <provd/hal_store.h>
#include <provd/method.h>

#include <new>

namespace
{

class method
{
      public:
	explicit method(const provd_host *host) : host_(host)
	{
	}

	void start()
	{
		running_ = true;
		PROVD_LOG(host_, PROVD_LOG_INFO, nullptr, "listening", provd_f_int("channel", 6),
			  provd_f_text("mode", "none"));
		emit(PROVD_EV_STARTED);
	}

	void stop()
	{
		if (!running_)
			return;
		running_ = false;
		PROVD_LOG0(host_, PROVD_LOG_INFO, nullptr, "stopped");
		emit(PROVD_EV_STOPPED);
	}

      private:
	void emit(uint32_t type)
	{
		provd_event event{};

		event.size = sizeof(event);
		event.type = type;
		host_->emit(host_, &event);
	}

	const provd_host *host_;
	bool running_ = false;
};

int create(const provd_host *host, void **out_inst, provd_error *)
{
	auto *self = new (std::nothrow) method(host);

	if (!self)
		return PROVD_E_NOMEM;
	*out_inst = self;
	return PROVD_OK;
}

void destroy(void *inst)
{
	delete static_cast<method *>(inst);
}

int start(void *inst, const provd_method_request *)
{
	static_cast<method *>(inst)->start();
	return PROVD_OK;
}

void stop(void *inst)
{
	static_cast<method *>(inst)->stop();
}

void cancel(void *, uint64_t)
{
}
void on_result(void *, const provd_session_status *)
{
}

void on_event(void *, const provd_event *event)
{
	provd_link link{};

	link.size = sizeof(link);
	if (event->type == PROVD_EV_OP_DONE && event->data && PROVD_HAS(event, reserved))
		provd_copy_out(&link, event->data);
}

const provd_method_ops ops = {
	sizeof(provd_method_ops),
	0,
	create,
	destroy,
	start,
	stop,
	cancel,
	on_result,
	on_event,
	nullptr,
	nullptr,
	nullptr,
};

const provd_option options[] = {
	{PROVD_OPTION_INT, 0, 1, 13, 0, 0, "channel", "6", nullptr, "Where to listen."},
};

} // namespace

const provd_plugin_descriptor provd_plugin = {
	PROVD_ABI_MAGIC,
	PROVD_ABI_MAJOR,
	PROVD_ABI_MINOR,
	sizeof(provd_plugin_descriptor),
	0,
	PROVD_PLUGIN_METHOD,
	0,
	sizeof(provd_option),
	sizeof(options) / sizeof(options[0]),
	"plugin",
	"1.0.0",
	"a method in C++ that hears nobody",
	options,
	nullptr,
	nullptr,
	&ops,
	nullptr,
	0,
	0,
};
