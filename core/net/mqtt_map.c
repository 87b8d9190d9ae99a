/* SPDX-License-Identifier: Apache-2.0 */
#include "net/mqtt_internal.h"

#include <netdb.h>
#include <string.h>

int provd__mqtt_connack_code(int code)
{
	switch (code) {
	case 0:
		return 0;
	case 1:
		return PROVD_E_MQTT_PROTOCOL;
	case 2:
		return PROVD_E_MQTT_IDENTIFIER;
	case 3:
		return PROVD_E_MQTT_UNAVAILABLE;
	case 4:
		return PROVD_E_MQTT_CREDENTIALS;
	case 5:
		return PROVD_E_MQTT_NOT_AUTHORIZED;
	default:
		return PROVD_E_MQTT_PROTOCOL;
	}
}

int provd__mqtt_tls_code(const char *text)
{
	/* Our own verdict on the server. Its verdict on us comes as an alert: a handshake error. */
	if (strstr(text, "certificate verify failed") || strstr(text, "host name"))
		return PROVD_E_TLS_UNTRUSTED;
	return PROVD_E_TLS_HANDSHAKE;
}

int provd__mqtt_call_code(int rc)
{
	switch (rc) {
	case MQTTASYNC_SUCCESS:
		return 0;
	case MQTTASYNC_DISCONNECTED:
		return PROVD_E_STATE;
	case MQTTASYNC_MAX_MESSAGES_INFLIGHT:
	case MQTTASYNC_NO_MORE_MSGIDS:
	case MQTTASYNC_MAX_BUFFERED_MESSAGES:
		return PROVD_E_LIMIT;
	case MQTTASYNC_BAD_UTF8_STRING:
	case MQTTASYNC_NULL_PARAMETER:
	case MQTTASYNC_BAD_QOS:
	case MQTTASYNC_BAD_PROTOCOL:
		return PROVD_E_INVALID;
	case MQTTASYNC_SSL_NOT_SUPPORTED:
		return PROVD_E_NOT_SUPPORTED;
	default:
		return PROVD_E_INTERNAL;
	}
}

int provd__mqtt_dns_code(int rc)
{
	if (rc == 0)
		return 0;
	return rc == EAI_MEMORY ? PROVD_E_NOMEM : PROVD_E_NET_DNS;
}
