/* SPDX-License-Identifier: Apache-2.0 */
#include "faults.h"

#include "../common/common.h"

#include <limits.h>
#include <string.h>

enum value_need {
	NO_VALUE,
	VALUE_NEEDED,
	VALUE_OPTIONAL
};

static const struct {
	const char *name;
	enum value_need need;
	long min;
	long max;
	const char *help;
} TABLE[SIM_FAULT_COUNT] = {
	[SIM_FAULT_REGISTER_CODE] = {"register-code", VALUE_NEEDED, 1, INT_MAX,
				     "answer with this error code (1010 is a wrong signature)"},
	[SIM_FAULT_REGISTER_HTTP] = {"register-http", VALUE_NEEDED, 300, 599,
				     "answer with this HTTP status"},
	[SIM_FAULT_REGISTER_THROTTLE] =
		{"register-throttle", VALUE_NEEDED, 0, 86400,
		 "answer with HTTP status 429 and Retry-After of so many seconds"},
	[SIM_FAULT_REGISTER_CLOSE] = {"register-close", NO_VALUE, 0, 0,
				      "drop the connection, nothing was registered"},
	[SIM_FAULT_REGISTER_LOST] = {"register-lost", NO_VALUE, 0, 0,
				     "register the device, then drop the connection"},
	[SIM_FAULT_REGISTER_SLOW] = {"register-slow", VALUE_NEEDED, 1, 600000,
				     "answer this many milliseconds later"},
	[SIM_FAULT_REGISTER_GARBAGE] = {"register-garbage", NO_VALUE, 0, 0,
					"answer with a body that is not JSON"},
	[SIM_FAULT_REGISTER_BAD_PAYLOAD] =
		{"register-bad-payload", NO_VALUE, 0, 0,
		 "register, answer with a payload that decrypts to noise"},
	[SIM_FAULT_BIND_CODE] = {"bind-code", VALUE_NEEDED, -INT_MAX, INT_MAX,
				 "answer the token with this code"},
	[SIM_FAULT_BIND_EXPIRED] = {"bind-expired", NO_VALUE, 0, 0,
				    "answer code 1: the token has expired"},
	[SIM_FAULT_BIND_SILENT] = {"bind-silent", NO_VALUE, 0, 0, "do not answer the token"},
	[SIM_FAULT_BIND_WRONG_CLIENT_TOKEN] = {"bind-wrong-client-token", NO_VALUE, 0, 0,
					       "answer with another clientToken"},
	[SIM_FAULT_BIND_GARBAGE] = {"bind-garbage", NO_VALUE, 0, 0,
				    "answer with something that is not JSON"},
	[SIM_FAULT_BIND_DELAY] = {"bind-delay", VALUE_NEEDED, 1, 600000,
				  "answer this many milliseconds later"},
	[SIM_FAULT_BROKER_DOWN] = {"broker-down", VALUE_OPTIONAL, 1, 600000,
				   "stop the broker, ports closed; with a value for so many ms"},
	[SIM_FAULT_BROKER_REFUSE] = {"broker-refuse", NO_VALUE, 0, 0,
				     "the broker knows no device's key (psk and plain)"},
	[SIM_FAULT_BROKER_DROP] = {"broker-drop", NO_VALUE, 0, 0,
				   "cut the device off once its token was seen, no answer"},
	[SIM_FAULT_UNBIND] = {"unbind", NO_VALUE, 0, 0, "send unbind_device after the binding"},
};

const char *sim_fault_name(enum sim_fault fault)
{
	return TABLE[fault].name;
}

const char *sim_fault_help(enum sim_fault fault)
{
	return TABLE[fault].help;
}

static int find_name(const char *name, size_t size, enum sim_fault *out_fault)
{
	for (size_t i = 0; i < SIM_FAULT_COUNT; i++) {
		if (strlen(TABLE[i].name) == size && memcmp(TABLE[i].name, name, size) == 0) {
			*out_fault = (enum sim_fault)i;
			return 0;
		}
	}
	return PROVD_E_NOT_FOUND;
}

static int arm(struct sim_faults *faults, enum sim_fault fault, const long *value, long times,
	       const char **out_error)
{
	enum value_need need = TABLE[fault].need;

	if ((value && need == NO_VALUE) || (!value && need == VALUE_NEEDED)) {
		*out_error = value ? "this fault takes no value" : "this fault needs a value";
		return PROVD_E_INVALID;
	}
	if (value && (*value < TABLE[fault].min || *value > TABLE[fault].max)) {
		*out_error = "the value is out of range";
		return PROVD_E_INVALID;
	}
	if (times < -1 || times == 0) {
		*out_error = "times must be 1 or more (-1 for ever)";
		return PROVD_E_INVALID;
	}
	faults->slot[fault].value = value ? *value : 0;
	faults->slot[fault].left = times;
	return 0;
}

int sim_faults_arm_text(struct sim_faults *faults, const char *text, const char **out_error)
{
	size_t name_size = strcspn(text, "=:");
	const char *rest = text + name_size;
	char number[24];
	enum sim_fault fault;
	long value = 0;
	long times = -1;
	bool has_value = false;

	if (find_name(text, name_size, &fault) != 0) {
		*out_error = "there is no such fault";
		return PROVD_E_NOT_FOUND;
	}
	if (*rest == '=') {
		size_t size = strcspn(rest + 1, ":");

		*out_error = "the value is not a number";
		if (size >= sizeof(number))
			return PROVD_E_INVALID;
		memcpy(number, rest + 1, size);
		number[size] = '\0';
		if (sim_parse_long(number, LONG_MIN, LONG_MAX, &value) != 0)
			return PROVD_E_INVALID;
		has_value = true;
		rest += 1 + size;
	}
	if (*rest == ':' && sim_parse_long(rest + 1, 1, INT_MAX, &times) != 0) {
		*out_error = "times must be a number of 1 or more";
		return PROVD_E_INVALID;
	}
	return arm(faults, fault, has_value ? &value : NULL, times, out_error);
}

static int clear_some(struct sim_faults *faults, const json_t *which, const char **out_error)
{
	enum sim_fault fault;

	if (json_is_true(which)) {
		memset(faults, 0, sizeof(*faults));
		return 0;
	}
	if (!json_is_string(which) ||
	    find_name(json_string_value(which), json_string_length(which), &fault) != 0) {
		*out_error = "\"clear\" must be true or the name of a fault";
		return PROVD_E_INVALID;
	}
	faults->slot[fault].left = 0;
	return 0;
}

static int arm_json(struct sim_faults *faults, const json_t *root, const char **out_error)
{
	const json_t *name = json_object_get(root, "fault");
	const json_t *value = json_object_get(root, "value");
	const json_t *times = json_object_get(root, "times");
	enum sim_fault fault;
	long number = 0;

	if (!json_is_string(name) ||
	    find_name(json_string_value(name), json_string_length(name), &fault) != 0) {
		*out_error = "there is no such fault";
		return PROVD_E_NOT_FOUND;
	}
	if ((value && !json_is_integer(value)) || (times && !json_is_integer(times))) {
		*out_error = "\"value\" and \"times\" must be whole numbers";
		return PROVD_E_INVALID;
	}
	if (value)
		number = (long)json_integer_value(value);
	return arm(faults, fault, value ? &number : NULL,
		   times ? (long)json_integer_value(times) : -1, out_error);
}

int sim_faults_apply_line(struct sim_faults *faults, const char *line, size_t size,
			  enum sim_command *out_command, const char **out_error)
{
	json_t *root = json_loadb(line, size, JSON_REJECT_DUPLICATES, NULL);
	const json_t *clear = json_object_get(root, "clear");
	int rc = 0;

	if (!json_is_object(root)) {
		*out_error = "not a JSON object";
		rc = PROVD_E_INVALID;
	} else if (json_is_true(json_object_get(root, "quit"))) {
		*out_command = SIM_COMMAND_QUIT;
	} else if (clear) {
		rc = clear_some(faults, clear, out_error);
		*out_command = SIM_COMMAND_CLEAR;
	} else {
		rc = arm_json(faults, root, out_error);
		*out_command = SIM_COMMAND_FAULT;
	}
	json_decref(root);
	return rc;
}

bool sim_fault_armed(const struct sim_faults *faults, enum sim_fault fault)
{
	return faults->slot[fault].left != 0;
}

bool sim_fault_take(struct sim_faults *faults, enum sim_fault fault, long *out_value)
{
	if (faults->slot[fault].left == 0)
		return false;
	if (faults->slot[fault].left > 0)
		faults->slot[fault].left--;
	if (out_value)
		*out_value = faults->slot[fault].value;
	return true;
}
