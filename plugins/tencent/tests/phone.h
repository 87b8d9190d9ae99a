/* SPDX-License-Identifier: Apache-2.0 */
/** @file phone.h @brief What a phone says and hears in the dialect's tests. */
#ifndef TENCENT_TEST_PHONE_H
#define TENCENT_TEST_PHONE_H

#include "identities.h"

#define PHONE 5
#define CMD_CREDENTIALS                                                                            \
	"{\"cmdType\":1,\"ssid\":\"Home-WiFi\",\"password\":\"abcd1234\",\"token\":\"" TOKEN "\"}"
#define CMD_TOKEN "{\"cmdType\":0,\"token\":\"" TOKEN "\"}"
#define IDENTITY_REPLY                                                                             \
	"{\"cmdType\":2,\"productId\":\"L4WG9V9M2M\",\"deviceName\":\"TEST2\","                    \
	"\"protoVersion\":\"2.0\"}"
#define CURRENT_ERROR(text)                                                                        \
	"{\"cmdType\":2,\"deviceReply\":\"Current_Error\",\"log\":\"" text "\"}\r\n"
#define PREVIOUS_ERROR(text)                                                                       \
	"{\"cmdType\":2,\"deviceReply\":\"Previous_Error\",\"log\":\"" text "\"}\r\n"

#endif /* TENCENT_TEST_PHONE_H */
