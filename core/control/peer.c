/* SPDX-License-Identifier: Apache-2.0 */
#include "control/control_internal.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/** Largest entry of the group database that is read. */
#define GROUP_MAX 1048576u

int provd_control_group_find(const char *name, gid_t *out_gid)
{
	struct group entry;
	struct group *found = NULL;
	size_t size = 1024;
	char *buf = NULL;
	char *grown;
	int status = ERANGE;

	while (status == ERANGE && size <= GROUP_MAX) {
		grown = realloc(buf, size);
		if (!grown)
			break;
		buf = grown;
		status = getgrnam_r(name, &entry, buf, size, &found);
		size *= 2;
	}
	if (found)
		*out_gid = entry.gr_gid;
	free(buf);
	if (found)
		return 0;
	return status == ERANGE ? PROVD_E_NOMEM : PROVD_E_NOT_FOUND;
}

int provd_control_has_group(const char *name)
{
	gid_t gid;

	return provd_control_group_find(name, &gid) == 0;
}

/** Whether the groups the peer had when it connected hold `gid`. */
static int has_group(int fd, gid_t gid)
{
	gid_t *groups = NULL;
	socklen_t size = 0;
	size_t i;
	int found = 0;

	/* with no room the kernel tells the size and fails with ERANGE */
	if (!getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) || errno != ERANGE)
		return 0;
	groups = malloc(size);
	if (!groups)
		return 0;
	if (!getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size)) {
		for (i = 0; i < size / sizeof(*groups) && !found; i++)
			found = groups[i] == gid;
	}
	free(groups);
	return found;
}

int provd_control_peer_ask(void *user, int fd, gid_t gid, struct provd_control_peer *out_peer)
{
	struct ucred cred;
	socklen_t size = sizeof(cred);

	(void)user;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size))
		return PROVD_E_IO;
	out_peer->uid = cred.uid;
	out_peer->in_group = gid != (gid_t)-1 && (cred.gid == gid || has_group(fd, gid));
	return 0;
}

int provd_control_peer_may_steer(const struct provd_control_peer *peer)
{
	return peer->uid == 0 || peer->uid == geteuid() || peer->in_group;
}
