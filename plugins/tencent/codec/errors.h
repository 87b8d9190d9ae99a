/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file errors.h
 * @brief The error pairs a Tencent phone app is told, and how ours map to them.
 *
 * Ids and texts: [C2] error ids, 2.3; [E8] for 25 to 27; sub ids 2.4. Pure functions, any thread.
 */
#ifndef TENCENT_ERRORS_H
#define TENCENT_ERRORS_H

#include <stdint.h>

#include <provd/plugin.h>

/** X(NAME, id, text on the wire). */
#define TENCENT_ERR_TABLE(X)                                                                       \
	X(NONE, 0, "Everything OK!")                                                               \
	X(MQTT_CONNECT, 1, "MQTT connect error!")                                                  \
	X(APP_CMD, 2, "APP command error!")                                                        \
	X(BD_STOP, 3, "WIFI boarding stop!")                                                       \
	X(OS_TASK, 4, "RTOS task error!")                                                          \
	X(OS_QUEUE, 5, "RTOS queue error!")                                                        \
	X(WIFI_STA_INIT, 6, "WIFI STA init error!")                                                \
	X(WIFI_AP_INIT, 7, "WIFI AP init error!")                                                  \
	X(WIFI_START, 8, "WIFI start error!")                                                      \
	X(WIFI_CONFIG, 9, "WIFI config error!")                                                    \
	X(WIFI_CONNECT, 10, "WIFI connect error!")                                                 \
	X(WIFI_DISCONNECT, 11, "WIFI disconnect error!")                                           \
	X(WIFI_AP_STA, 12, "WIFI AP STA error!")                                                   \
	X(SC_START, 13, "ESP smartconfig start error!")                                            \
	X(SC_DATA, 14, "ESP smartconfig data error!")                                              \
	X(SOCKET_OPEN, 15, "SRV socket open error!")                                               \
	X(SOCKET_BIND, 16, "SRV socket bind error!")                                               \
	X(SOCKET_LISTEN, 17, "SRV socket listen error!")                                           \
	X(SOCKET_FCNTL, 18, "SRV socket fcntl error!")                                             \
	X(SOCKET_ACCEPT, 19, "SRV socket accept error!")                                           \
	X(SOCKET_RECV, 20, "SRV socket recv error!")                                               \
	X(SOCKET_SELECT, 21, "SRV socket select error!")                                           \
	X(SOCKET_SEND, 22, "SRV socket send error!")                                               \
	X(TOKEN_SEND, 23, "MQTT Token send error!")                                                \
	X(TOKEN_REPLY, 24, "MQTT Token reply error!")                                              \
	X(TOKEN_RECV, 25, "MQTT Token recv timeout!")                                              \
	X(REGION_FAULT, 26, "Product Region fault error!")                                         \
	X(DEVICE_INFO, 27, "Device Info error!")

/** Error ids of the wire. */
enum tencent_err {
#define TENCENT_X(name, id, text) TENCENT_ERR_##name = (id),
	TENCENT_ERR_TABLE(TENCENT_X)
#undef TENCENT_X
};

/** Sub ids the protocol itself defines ([C2] 2.4); others are errno, HAL or SDK numbers. */
enum tencent_sub {
	TENCENT_SUB_STOPPED_BY_APP = 101,
	TENCENT_SUB_STOPPED_BY_AT = 102,
	TENCENT_SUB_TIMEOUT = 103,
	TENCENT_SUB_INVALID_DATA = 104,
	TENCENT_SUB_JSON_FORMAT = 201,
	TENCENT_SUB_TIMESTAMP = 202,
	TENCENT_SUB_SIGNATURE = 203,
	TENCENT_SUB_AP_INFO = 204,
	TENCENT_SUB_JSON_PRINT = 205,
	TENCENT_SUB_UDP_TASK = 206,
};

/** One error as the phone is told it: "<text> (<id>, <sub>)". */
struct tencent_errcode {
	int32_t id;  /**< enum tencent_err */
	int32_t sub; /**< enum tencent_sub, errno, HAL or SDK number */
};

/** What provd was doing when an error came up: the same code means another pair in each. */
enum tencent_stage {
	TENCENT_STAGE_APP,	/**< handling a datagram of the phone: id 2 */
	TENCENT_STAGE_SESSION,	/**< the run as a whole (deadline, stop): id 3 */
	TENCENT_STAGE_SOFTAP,	/**< opening the hotspot: id 7, sub as for the station */
	TENCENT_STAGE_STATION,	/**< joining the router: id 12 */
	TENCENT_STAGE_LINK,	/**< thrown out of the network after joining: id 11, sub as above */
	TENCENT_STAGE_REGISTER, /**< dynamic registration: id 27 */
	TENCENT_STAGE_MQTT,	/**< connecting to the MQTT endpoint: id 1 */
	TENCENT_STAGE_TOKEN,	/**< waiting for and publishing the token: id 23 */
	TENCENT_STAGE_REPLY,	/**< waiting for the answer to the token: id 24 */
};

/** How many stages there are. */
#define TENCENT_STAGE_COUNT (TENCENT_STAGE_REPLY + 1)

/**
 * Every pair that a phone is told, with its text exactly as on the wire, for the descriptor. The
 * rows of a stage follow each other; the one of code 0 is for all codes that have none. Region
 * faults have id 26 in every stage of the cloud.
 */
#define TENCENT_FAILURE_COUNT 102
extern const struct provd_failure_word tencent_failure_rows[TENCENT_FAILURE_COUNT];

/**
 * Text of an error id, exactly as on the wire ([C2] 2.3, [E8] 25 to 27).
 * @param id any number
 * @return static text; "Unknown error!" for ids outside the table
 */
const char *tencent_error_text(int32_t id);

/**
 * The pair for an error of ours, from tencent_failure_rows. Numbers are stable: the sub ids of the
 * cloud stages are the SDK's return codes ([C2] 2.4), those of the radio stages are -1 for
 * "failed" ([C2] HAL return value) and -2, -3 ... for the reasons provd can tell apart.
 * @param stage what was being done
 * @param code 0 or a PROVD_E_* code
 * @return the pair; (0, 0) for code 0. A code a stage does not know gets the stage's general sub
 */
struct tencent_errcode tencent_errcode_from(enum tencent_stage stage, int code);

/** The pair for a bind reply whose `code` is not 0 ([C2] 4.1): (24, code). */
struct tencent_errcode tencent_errcode_reply(int32_t cloud_code);

#endif /* TENCENT_ERRORS_H */
