/* SPDX-License-Identifier: Apache-2.0 */
/* What the fake plugins raise when a test wants it. */
#include "world.h"

#include <criterion/criterion.h>

#include <string.h>

/* Events */

void fake_emit(struct fake *fake, uint32_t type, uint64_t op, int status)
{
	struct provd_event event = {
		.size = sizeof(event), .type = type, .op = op, .status = status};

	cr_assert_eq(fake->host->emit(fake->host, &event), 0);
}

int fake_open_ap(struct fake *fake, uint64_t op)
{
	const struct provd_hal_softap *table;

	table = fake->host->get_interface(fake->host, PROVD_HAL_SOFTAP, sizeof(*table),
					  &fake->ap_self);
	fake->ap = table;
	if (!table)
		return PROVD_E_NO_CAPABILITY;
	return table->start(fake->ap_self, op, &(struct provd_softap_config){.size = 1});
}

void fake_emit_credentials(struct fake *fake, uint64_t op, const char *ssid, const char *passphrase)
{
	fake_emit_claim(fake, op, ssid, passphrase, NULL);
}

void fake_emit_claim(struct fake *fake, uint64_t op, const char *ssid, const char *passphrase,
		     const char *token)
{
	struct provd_credentials credentials = {.size = sizeof(credentials)};
	struct provd_event event = {
		.size = sizeof(event),
		.type = PROVD_EV_CREDENTIALS,
		.op = op,
		.count = 1,
		.data = &credentials,
		.data_size = sizeof(credentials),
	};

	credentials.flags = fake->credentials_flags;
	credentials.ssid_len = (uint32_t)strlen(ssid);
	memcpy(credentials.ssid, ssid, strlen(ssid));
	credentials.passphrase =
		fake->host->secret_create(fake->host, passphrase, strlen(passphrase));
	if (token)
		event.secret = fake->host->secret_create(fake->host, token, strlen(token));
	cr_assert_eq(fake->host->emit(fake->host, &event), 0);
	fake->host->secret_unref(fake->host, credentials.passphrase);
	fake->host->secret_unref(fake->host, event.secret);
}

void fake_emit_token(struct fake *fake, uint64_t op, const char *token)
{
	struct provd_event event = {.size = sizeof(event), .type = PROVD_EV_TOKEN, .op = op};

	event.secret = fake->host->secret_create(fake->host, token, strlen(token));
	cr_assert_eq(fake->host->emit(fake->host, &event), 0);
	fake->host->secret_unref(fake->host, event.secret);
}

void fake_joined(struct world *world, int status)
{
	struct provd_link link = {.size = sizeof(link),
				  .flags = PROVD_LINK_ASSOCIATED | PROVD_LINK_ADDRESS};
	struct provd_event event = {.size = sizeof(event),
				    .type = PROVD_EV_OP_DONE,
				    .op = world->hal.op,
				    .status = status};

	link.addr.family = 4;
	if (status == 0) {
		event.count = 1;
		event.data = &link;
		event.data_size = sizeof(link);
	}
	cr_assert_eq(world->hal.host->emit(world->hal.host, &event), 0);
}
