/* SPDX-License-Identifier: Apache-2.0 */
/* Checks and deep copies of events. A copy is one block of memory and some secret references. */
#include "plugin/instance.h"

#include <stdlib.h>
#include <string.h>

#include <provd/hal_ble.h>
#include <provd/hal_offload.h>
#include <provd/hal_softap.h>

#include <openssl/crypto.h>

#include "secret/secret.h"

#define ALIGNMENT _Alignof(max_align_t)
#define KEY_MAX	  64
#define NO_SECRET SIZE_MAX
#define ANY_SIZE  0
#define MANY	  UINT32_MAX
#define MAC_SIZE  6

/* Bytes of a structure up to a member: what plugins of ABI 1.0 send stays enough when it grows. */
#define UP_TO(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

/** What an event type may carry as data. */
struct shape {
	uint32_t type;
	size_t element;	     /**< least bytes of one element; ANY_SIZE: not a structure */
	uint32_t min, max;   /**< elements */
	size_t secret_at;    /**< where an element has a secret, or NO_SECRET */
	size_t ssid_len_at;  /**< where an element has the length of an SSID, or NO_SECRET */
	int count_is_number; /**< `count` is no count: `data_size` is all bytes */
};

static const struct shape shapes[] = {
	{PROVD_EV_OP_DONE, ANY_SIZE, 0, MANY, NO_SECRET, NO_SECRET, 0},
	{PROVD_EV_PROGRESS, ANY_SIZE, 0, MANY, NO_SECRET, NO_SECRET, 0},
	{PROVD_EV_FAILED, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_STARTED, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_STOPPED, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_SUSPENDED, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_OPENED, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_CREDENTIALS, UP_TO(struct provd_credentials, reserved3), 1, 1,
	 offsetof(struct provd_credentials, passphrase),
	 offsetof(struct provd_credentials, ssid_len), 0},
	{PROVD_EV_TOKEN, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_SESSION_DONE, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_SESSION_ERROR, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_SESSION_CANCELED, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_LOG_QUERY, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_LEFT, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_HAL_OPENED, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_HAL_CLOSED, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_CAPS_CHANGED, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_SCAN_RESULT, UP_TO(struct provd_bss, reserved2), 0, MANY, NO_SECRET,
	 offsetof(struct provd_bss, ssid_len), 0},
	{PROVD_EV_LINK_LOST, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_AP_FAILED, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_AP_JOINED, UP_TO(struct provd_ap_client, addr), 1, 1, NO_SECRET, NO_SECRET, 0},
	{PROVD_EV_AP_LEFT, UP_TO(struct provd_ap_client, addr), 1, 1, NO_SECRET, NO_SECRET, 0},
	{PROVD_EV_OFFLOAD_RESULT, UP_TO(struct provd_offload_result, reserved), 1, 1,
	 offsetof(struct provd_offload_result, credentials.passphrase),
	 offsetof(struct provd_offload_result, credentials.ssid_len), 0},
	{PROVD_EV_BLE_CONNECTED, UP_TO(struct provd_ble_peer, reserved), 1, 1, NO_SECRET, NO_SECRET,
	 0},
	{PROVD_EV_BLE_DISCONNECTED, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_BLE_WRITE, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_BLE_SUBSCRIBED, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_BLE_MTU, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_BLE_SENT, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_CLOUD_CONNECTED, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_CLOUD_LOST, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_CLOUD_UNBOUND, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
	{PROVD_EV_IDENTITY_CHANGED, ANY_SIZE, 0, 0, NO_SECRET, NO_SECRET, 1},
};

/** The copy; what the block holds behind it is reached through `event`. */
struct copy {
	struct provd_event event;
	struct provd_secret *inner; /**< of CREDENTIALS and OFFLOAD_RESULT */
	size_t size;		    /**< of the whole block */
};

/** Hands out parts of one block; first run with no block, to add the sizes up. */
struct arena {
	uint8_t *block;
	size_t used;
};

static void *arena_put(struct arena *arena, const void *bytes, size_t len)
{
	uint8_t *place = arena->block ? arena->block + arena->used : NULL;

	if (place && len && bytes)
		memcpy(place, bytes, len);
	arena->used += (len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	return place;
}

static const struct shape *shape_of(uint32_t type)
{
	size_t i;

	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (shapes[i].type == type)
			return &shapes[i];
	}
	return NULL;
}

static uint32_t read_u32(const void *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static int element_valid(const struct shape *shape, const uint8_t *element, size_t size)
{
	uint32_t said = read_u32(element);

	if (said < shape->element || said > size)
		return 0;
	return shape->ssid_len_at == NO_SECRET ||
	       read_u32(element + shape->ssid_len_at) <= PROVD_SSID_MAX;
}

/* Checks the data and gives its bytes. */
static int data_bytes(const struct shape *shape, const struct provd_event *event, size_t *out_len)
{
	size_t count = shape->count_is_number ? 1 : event->count;
	size_t i;

	/* Bytes of a store come without a count. */
	if (shape->element == ANY_SIZE && count == 0)
		count = 1;
	if (!event->data) {
		*out_len = 0;
		return event->data_size == 0 && shape->min == 0 ? 0 : PROVD_E_INVALID;
	}
	if (event->data_size > PROVD_EVENT_DATA_MAX)
		return PROVD_E_INVALID;
	if (event->data_size && count > PROVD_EVENT_DATA_MAX / event->data_size)
		return PROVD_E_INVALID;
	if (!shape->count_is_number && (count < shape->min || count > shape->max))
		return PROVD_E_INVALID;
	if (shape->element != ANY_SIZE && event->data_size < shape->element)
		return PROVD_E_INVALID;
	for (i = 0; shape->element != ANY_SIZE && i < count; i++) {
		const uint8_t *element = (const uint8_t *)event->data + i * event->data_size;

		if (!element_valid(shape, element, event->data_size))
			return PROVD_E_INVALID;
	}
	*out_len = count * event->data_size;
	return 0;
}

static int field_valid(const struct provd_field *field)
{
	if (!field->key || strnlen(field->key, KEY_MAX) == KEY_MAX)
		return 0;
	switch (field->type) {
	case PROVD_FIELD_INT:
	case PROVD_FIELD_CODE:
	case PROVD_FIELD_SECRET:
	case PROVD_FIELD_MS:
		return 1;
	case PROVD_FIELD_TEXT:
		return field->len <= PROVD_EVENT_TEXT_MAX && (field->data || field->len == 0);
	case PROVD_FIELD_SSID:
		return field->len <= PROVD_SSID_MAX && (field->data || field->len == 0);
	case PROVD_FIELD_MAC:
		return field->data && field->len == MAC_SIZE;
	case PROVD_FIELD_IP:
		return field->data && (field->len == 4 || field->len == 16);
	default:
		return 0;
	}
}

static int event_check(const struct provd_event *event, const struct shape **out_shape,
		       size_t *out_data_len)
{
	const struct shape *shape;
	size_t i;

	if (!event || !PROVD_HAS(event, reserved))
		return PROVD_E_INVALID;
	shape = shape_of(event->type);
	if (!shape || event->field_count > PROVD_EVENT_FIELDS_MAX)
		return PROVD_E_INVALID;
	if (event->field_count && !event->fields)
		return PROVD_E_INVALID;
	for (i = 0; i < event->field_count; i++) {
		if (!field_valid(&event->fields[i]))
			return PROVD_E_INVALID;
	}
	if (event->text && strnlen(event->text, PROVD_EVENT_TEXT_MAX + 1) > PROVD_EVENT_TEXT_MAX)
		return PROVD_E_INVALID;
	*out_shape = shape;
	return data_bytes(shape, event, out_data_len);
}

/* Data of a number type is not looked at, whatever a plugin left in the pair. */
static int field_has_data(const struct provd_field *field)
{
	return field->type == PROVD_FIELD_TEXT || field->type == PROVD_FIELD_SSID ||
	       field->type == PROVD_FIELD_MAC || field->type == PROVD_FIELD_IP;
}

static void put_fields(struct arena *arena, const struct provd_event *from, struct provd_event *to)
{
	struct provd_field *fields;
	size_t i;

	fields = arena_put(arena, from->fields, from->field_count * sizeof(*fields));
	for (i = 0; i < from->field_count; i++) {
		const struct provd_field *field = &from->fields[i];
		size_t len = field_has_data(field) ? field->len : 0;
		const char *key = arena_put(arena, field->key, strlen(field->key) + 1);
		const void *data = len ? arena_put(arena, field->data, len) : NULL;

		if (!fields)
			continue;
		fields[i].key = key;
		fields[i].data = data;
		fields[i].len = len;
	}
	to->fields = from->field_count ? fields : NULL;
}

/* Lays the copy out; with an arena without a block it only measures. */
static void put_event(struct arena *arena, const struct provd_event *from, size_t data_len,
		      struct provd_event *to)
{
	to->data = data_len ? arena_put(arena, from->data, data_len) : NULL;
	to->text = from->text ? arena_put(arena, from->text, strlen(from->text) + 1) : NULL;
	put_fields(arena, from, to);
}

static void take_inner(struct copy *copy, const struct shape *shape)
{
	const struct provd_secret *inner;

	if (shape->secret_at == NO_SECRET || !copy->event.data)
		return;
	memcpy(&inner, (const uint8_t *)copy->event.data + shape->secret_at, sizeof(inner));
	copy->inner = provd_secret_ref(inner);
}

int provd_event_copy(const struct provd_event *event, struct provd_event **out_copy)
{
	const struct shape *shape = NULL;
	struct provd_event measured;
	struct arena arena = {NULL, 0};
	struct copy *copy;
	size_t data_len = 0;
	int rc;

	rc = event_check(event, &shape, &data_len);
	if (rc)
		return rc;
	(void)arena_put(&arena, NULL, sizeof(*copy));
	put_event(&arena, event, data_len, &measured);

	arena.block = calloc(1, arena.used);
	if (!arena.block)
		return PROVD_E_NOMEM;
	copy = (struct copy *)(void *)arena.block;
	copy->size = arena.used;
	arena.used = 0;
	(void)arena_put(&arena, NULL, sizeof(*copy));
	memcpy(&copy->event, event,
	       event->size < sizeof(copy->event) ? event->size : sizeof(copy->event));
	copy->event.size = sizeof(copy->event);
	put_event(&arena, event, data_len, &copy->event);
	copy->event.secret = provd_secret_ref(event->secret);
	take_inner(copy, shape);
	*out_copy = &copy->event;
	return 0;
}

void provd_event_free(struct provd_event *event)
{
	struct copy *copy = (struct copy *)(void *)event;

	if (!copy)
		return;
	provd_secret_unref(copy->event.secret);
	provd_secret_unref(copy->inner);
	/* What a phone wrote or a store gave may hold a passphrase. */
	OPENSSL_cleanse(copy, copy->size);
	free(copy);
}
