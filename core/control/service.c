/* SPDX-License-Identifier: Apache-2.0 */
#include "control/control_internal.h"

#include <stdio.h>
#include <string.h>

#define SERVICE "org.varlink.service"

/** The text of the standard interface (varlink.org, "Service"). */
static const char service_text[] =
	"# The Varlink Service Interface is provided by every varlink service.\n"
	"interface org.varlink.service\n"
	"\n"
	"method GetInfo() -> (\n"
	"  vendor: string,\n"
	"  product: string,\n"
	"  version: string,\n"
	"  url: string,\n"
	"  interfaces: []string\n"
	")\n"
	"\n"
	"method GetInterfaceDescription(interface: string) -> (description: string)\n"
	"\n"
	"error InterfaceNotFound (interface: string)\n"
	"\n"
	"error MethodNotFound (method: string)\n"
	"\n"
	"error MethodNotImplemented (method: string)\n"
	"\n"
	"error InvalidParameter (parameter: string)\n";

const char *provd_control_service_text(void)
{
	return service_text;
}

/** Ends a call with an error that names one thing. */
static void refuse(struct provd_control_call *call, const char *error, const char *key,
		   const char *value, size_t value_len)
{
	provd_control_error(call, error, json_pack("{s:s%}", key, value, value_len));
}

static void not_found(struct provd_control_call *call)
{
	refuse(call, SERVICE ".MethodNotFound", "method", call->message.method,
	       strlen(call->message.method));
}

/** Checks the parameters of a call. @return 1, or 0: answered */
static int takes(const struct provd_idl *idl, struct provd_control_call *call, const char *name)
{
	const struct provd_idl_member *method = provd_idl_find(idl, PROVD_IDL_METHOD, name);
	char path[PROVD_IDL_PATH_MAX];

	if (!method)
		not_found(call);
	else if (provd_idl_check(method->in, call->message.parameters, path))
		provd_control_invalid(call, path);
	else
		return 1;
	return 0;
}

static void get_info(const struct provd_control *control, struct provd_control_call *call)
{
	provd_control_reply(call,
			    json_pack("{s:s,s:s,s:s,s:s,s:[s,s]}", "vendor", "provd", "product",
				      "provd", "version", control->version, "url", "", "interfaces",
				      SERVICE, control->interface),
			    0);
}

static void get_description(const struct provd_control *control, struct provd_control_call *call)
{
	const char *name =
		json_string_value(json_object_get(call->message.parameters, "interface"));
	const char *text = NULL;

	if (!strcmp(name, SERVICE))
		text = service_text;
	else if (!strcmp(name, control->interface))
		text = control->description;
	if (text)
		provd_control_reply(call, json_pack("{s:s}", "description", text), 0);
	else
		refuse(call, SERVICE ".InterfaceNotFound", "interface", name, strlen(name));
}

static void call_service(const struct provd_control *control, struct provd_control_call *call,
			 const char *name)
{
	if (!takes(control->service_idl, call, name))
		return;
	if (!strcmp(name, "GetInfo"))
		get_info(control, call);
	else
		get_description(control, call);
}

static void deny(const struct provd_control *control, struct provd_control_client *client,
		 struct provd_control_call *call, const char *name)
{
	char error[128];
	int len = snprintf(error, sizeof(error), "%s.PermissionDenied", control->interface);

	PROVD_CLOG(control->log, "control", 0, PROVD_LOG_WARN, "call refused",
		   provd_f_int("client", (int64_t)client->id), provd_f_text("method", name));
	if (len < 0 || (size_t)len >= sizeof(error))
		not_found(call);
	else
		refuse(call, error, "method", name, strlen(name));
}

static void call_method(const struct provd_control *control, struct provd_control_client *client,
			struct provd_control_call *call, const char *name)
{
	const struct provd_control_method *method = NULL;
	size_t i;

	for (i = 0; i < control->method_count && !method; i++) {
		if (!strcmp(control->methods[i].name, name))
			method = &control->methods[i];
	}
	if (!method && provd_idl_find(control->idl, PROVD_IDL_METHOD, name))
		refuse(call, SERVICE ".MethodNotImplemented", "method", call->message.method,
		       strlen(call->message.method));
	else if (!method)
		not_found(call);
	else if (method->access == PROVD_CONTROL_STEER && !client->may_steer)
		deny(control, client, call, method->name);
	else if (takes(control->idl, call, name))
		method->handle(control->user, call, call->message.parameters, call->message.more);
}

void provd_control_dispatch(struct provd_control_client *client, struct provd_control_call *call)
{
	const struct provd_control *control = client->control;
	const char *method = call->message.method;
	const char *dot = strrchr(method, '.');
	size_t len;

	if (!dot) {
		not_found(call);
		return;
	}
	if (call->message.upgrade) {
		provd_control_invalid(call, "upgrade");
		return;
	}
	len = (size_t)(dot - method);
	if (len == strlen(SERVICE) && !memcmp(method, SERVICE, len))
		call_service(control, call, dot + 1);
	else if (len == strlen(control->interface) && !memcmp(method, control->interface, len))
		call_method(control, client, call, dot + 1);
	else
		refuse(call, SERVICE ".InterfaceNotFound", "interface", method, len);
}
