/* SPDX-License-Identifier: Apache-2.0 */
#include "saved/list.h"

#include <provd/error.h>
#include <provd/event.h>

#include <string.h>

#include "secret/secret.h"

void provd_saved_list_init(struct provd_saved_list *list, size_t max)
{
	memset(list, 0, sizeof(*list));
	list->max = max < PROVD_SAVED_NETWORKS_MAX ? max : PROVD_SAVED_NETWORKS_MAX;
}

void provd_saved_list_finish(struct provd_saved_list *list)
{
	while (list->count)
		provd_saved_credentials_finish(&list->networks[--list->count].credentials);
}

void provd_saved_list_copy(struct provd_saved_list *to, const struct provd_saved_list *from)
{
	size_t i;

	*to = *from;
	for (i = 0; i < to->count; i++)
		(void)provd_secret_ref(to->networks[i].credentials.passphrase);
}

size_t provd_saved_list_find(const struct provd_saved_list *list, const uint8_t *ssid,
			     size_t ssid_len)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct provd_credentials *have = &list->networks[i].credentials;

		if (have->ssid_len == ssid_len && ssid && memcmp(have->ssid, ssid, ssid_len) == 0)
			break;
	}
	return i;
}

static struct provd_saved_network take_out(struct provd_saved_list *list, size_t index)
{
	struct provd_saved_network network = list->networks[index];

	list->count--;
	memmove(&list->networks[index], &list->networks[index + 1],
		(list->count - index) * sizeof(list->networks[0]));
	return network;
}

/* There must be room. */
static void put_in(struct provd_saved_list *list, size_t index,
		   const struct provd_saved_network *network)
{
	memmove(&list->networks[index + 1], &list->networks[index],
		(list->count - index) * sizeof(list->networks[0]));
	list->networks[index] = *network;
	list->count++;
}

/* Where the networks of a priority begin, or would. */
static size_t place_before(const struct provd_saved_list *list, int32_t priority)
{
	size_t i = 0;

	while (i < list->count && list->networks[i].priority > priority)
		i++;
	return i;
}

static size_t place_behind(const struct provd_saved_list *list, int32_t priority)
{
	size_t i = 0;

	while (i < list->count && list->networks[i].priority >= priority)
		i++;
	return i;
}

static void drop(struct provd_saved_list *list, size_t index)
{
	struct provd_saved_network network = take_out(list, index);

	provd_saved_credentials_finish(&network.credentials);
}

int provd_saved_list_add(struct provd_saved_list *list, const struct provd_credentials *credentials)
{
	struct provd_saved_network network = {.priority = 0};
	size_t index;

	if (provd_saved_credentials_check(credentials))
		return PROVD_E_INVALID;
	provd_saved_credentials_copy(&network.credentials, credentials);
	index = provd_saved_list_find(list, network.credentials.ssid, network.credentials.ssid_len);
	if (index < list->count) {
		network.priority = list->networks[index].priority;
		drop(list, index);
	}
	/* Before it is put in: the new one may be the last, and it is the one that works. */
	provd_saved_list_trim(list, list->max);
	if (list->count == list->max)
		drop(list, list->count - 1);
	put_in(list, place_before(list, network.priority), &network);
	return 0;
}

int provd_saved_list_append(struct provd_saved_list *list,
			    const struct provd_saved_network *network)
{
	const struct provd_credentials *credentials = &network->credentials;
	struct provd_saved_network own = {.priority = network->priority};

	if (provd_saved_credentials_check(credentials) ||
	    network->priority < -PROVD_SAVED_PRIORITY_MAX ||
	    network->priority > PROVD_SAVED_PRIORITY_MAX)
		return PROVD_E_INVALID;
	if (provd_saved_list_find(list, credentials->ssid, credentials->ssid_len) < list->count)
		return PROVD_E_EXISTS;
	if (list->count >= list->max)
		return PROVD_E_LIMIT;
	provd_saved_credentials_copy(&own.credentials, credentials);
	put_in(list, place_behind(list, own.priority), &own);
	return 0;
}

int provd_saved_list_forget(struct provd_saved_list *list, const uint8_t *ssid, size_t ssid_len)
{
	size_t index = provd_saved_list_find(list, ssid, ssid_len);

	if (index == list->count)
		return PROVD_E_NOT_FOUND;
	drop(list, index);
	return 0;
}

int provd_saved_list_set_priority(struct provd_saved_list *list, const uint8_t *ssid,
				  size_t ssid_len, int32_t priority)
{
	size_t index = provd_saved_list_find(list, ssid, ssid_len);
	struct provd_saved_network network;

	if (priority < -PROVD_SAVED_PRIORITY_MAX || priority > PROVD_SAVED_PRIORITY_MAX)
		return PROVD_E_INVALID;
	if (index == list->count)
		return PROVD_E_NOT_FOUND;
	if (list->networks[index].priority == priority)
		return 0;
	network = take_out(list, index);
	network.priority = priority;
	put_in(list, place_before(list, priority), &network);
	return 0;
}

void provd_saved_list_trim(struct provd_saved_list *list, size_t max)
{
	while (list->count > max)
		drop(list, list->count - 1);
	list->max = max;
}

int provd_saved_credentials_check(const struct provd_credentials *credentials)
{
	if (!credentials || credentials->ssid_len == 0 || credentials->ssid_len > PROVD_SSID_MAX ||
	    provd_secret_view(credentials->passphrase).len > PROVD_PASSPHRASE_MAX)
		return PROVD_E_INVALID;
	return 0;
}

void provd_saved_credentials_copy(struct provd_credentials *to,
				  const struct provd_credentials *from)
{
	memset(to, 0, sizeof(*to));
	to->size = sizeof(*to);
	/* PROVD_CREDENTIALS_REPLACE is a word of the phone about this moment. */
	to->flags = from->flags & (PROVD_CREDENTIALS_BSSID | PROVD_CREDENTIALS_HIDDEN);
	to->ssid_len = from->ssid_len;
	memcpy(to->ssid, from->ssid, from->ssid_len);
	if (to->flags & PROVD_CREDENTIALS_BSSID)
		memcpy(to->bssid, from->bssid, sizeof(to->bssid));
	if (from->channel <= PROVD_SAVED_CHANNEL_MAX)
		to->channel = from->channel;
	if (from->security <= PROVD_SECURITY_OWE)
		to->security = from->security;
	if (provd_secret_view(from->passphrase).len)
		to->passphrase = provd_secret_ref(from->passphrase);
}

void provd_saved_credentials_finish(struct provd_credentials *credentials)
{
	provd_secret_unref(credentials->passphrase);
	credentials->passphrase = NULL;
}

/* A word of lower case letters, digits, '-' and '_', or nothing. */
static int is_word(const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < size && text[i]; i++)
		if (!((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9') ||
		      text[i] == '-' || text[i] == '_'))
			return 0;
	return i < size;
}

int provd_saved_staged_check(const struct provd_saved_staged *staged)
{
	if (!staged || provd_saved_credentials_check(&staged->credentials) ||
	    provd_secret_view(staged->token).len > PROVD_SAVED_TOKEN_MAX ||
	    staged->state < PROVD_STATE_ONLINE || staged->state > PROVD_STATE_BINDING ||
	    staged->at_ms > INT64_MAX || staged->times.started_ms > INT64_MAX ||
	    staged->times.credentials_ms > INT64_MAX || staged->times.online_ms > INT64_MAX ||
	    staged->times.token_ms > INT64_MAX || !is_word(staged->method, sizeof(staged->method)))
		return PROVD_E_INVALID;
	return 0;
}

void provd_saved_staged_copy(struct provd_saved_staged *to, const struct provd_saved_staged *from)
{
	memset(to, 0, sizeof(*to));
	provd_saved_credentials_copy(&to->credentials, &from->credentials);
	if (provd_secret_view(from->token).len)
		to->token = provd_secret_ref(from->token);
	to->state = from->state;
	to->resumed = from->resumed;
	to->at_ms = from->at_ms;
	to->times.size = sizeof(to->times);
	to->times.started_ms = from->times.started_ms;
	to->times.credentials_ms = from->times.credentials_ms;
	to->times.online_ms = from->times.online_ms;
	to->times.token_ms = from->times.token_ms;
	memcpy(to->method, from->method, sizeof(to->method));
	to->id = from->id;
}

void provd_saved_staged_finish(struct provd_saved_staged *staged)
{
	provd_saved_credentials_finish(&staged->credentials);
	provd_secret_unref(staged->token);
	staged->token = NULL;
}
