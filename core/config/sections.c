/* SPDX-License-Identifier: Apache-2.0 */
/* Every option of the core, once: checks, defaults, reference and JSON Schema come from here. */
#include "config/sections.h"

#include "config/config.h"

/* clang-format off */
#define ROW(type_, name_, flags_, min_, max_, def_, help_)                                         \
	{PROVD_OPTION_##type_, (flags_), (min_), (max_), 0, 0, (name_), (def_), NULL, (help_)}
#define CHOICE(name_, flags_, def_, choices_, help_)                                               \
	{PROVD_OPTION_CHOICE, (flags_), 0, 0, 0, 0, (name_), (def_), (choices_), (help_)}
#define TABLE(rows_, extra_)                                                                       \
	{(rows_), sizeof(rows_) / sizeof((rows_)[0]), sizeof(struct provd_option), (extra_)}

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define NEEDED PROVD_OPTION_REQUIRED
#define LIVE   PROVD_OPTION_RELOAD

static const struct provd_option daemon_rows[] = {
	ROW(PATH, "state_dir", 0, 0, 0, "\"/var/lib/provd\"",
	    "Folder for saved networks, identity and journal."),
	ROW(PATH, "run_dir", 0, 0, 0, "\"/run/provd\"",
	    "Folder for sockets; it may be lost when the device restarts."),
	ROW(TEXT_LIST, "plugin_dirs", 0, 1, 16, "[\"" PROVD_DEFAULT_PLUGIN_DIR "\"]",
	    "Folders in which plugin files are looked for, in this order."),
	ROW(PATH, "control_socket", 0, 0, 0, NULL,
	    "Control socket; when not set it is control.sock in run_dir."),
	ROW(TEXT, "control_group", 0, 1, 32, NULL,
	    "Group whose members may steer the daemon; when not set only root and its own user."),
	ROW(INT, "control_max_clients", 0, 1, 1024, "32",
	    "How many programs may be connected to the control socket at once; the last quarter of "
	    "the places is for those who may steer."),
	ROW(DURATION, "stop_timeout", LIVE, 1, MINUTE, "\"900ms\"",
	    "How long an orderly stop of the daemon may take; then it leaves all the same."),
};

static const struct provd_option log_rows[] = {
	CHOICE("level", LIVE, "\"info\"", "error|warn|info|debug",
	       "The least important kind of line that is written."),
	CHOICE("target", 0, "\"auto\"", "auto|stderr|journal|syslog",
	       "Where lines go: auto is the journal when systemd has connected standard error to "
	       "it, else standard error."),
	CHOICE("format", 0, "\"text\"", "text|json",
	       "Lines for people, or one JSON object each."),
	ROW(BOOL, "personal", LIVE, 0, 0, "false",
	    "Write network names, hardware and IP addresses in full instead of shortened."),
	ROW(TEXT_LIST, "topics", LIVE, 0, 64, "[]",
	    "Levels of single topics, each as \"topic=level\"."),
	ROW(INT, "burst", LIVE, 0, 100000, "20",
	    "Lines that one place in the code may write in a window; 0 means no limit."),
	ROW(DURATION, "window", LIVE, 1, HOUR, "\"10s\"",
	    "Length of the window that burst counts in."),
};

static const struct provd_option session_rows[] = {
	ROW(DURATION, "join_timeout", LIVE, 1, HOUR, "\"30s\"",
	    "How long joining the network may take, address included."),
	ROW(DURATION, "tell_for", LIVE, 0, HOUR, "\"60s\"",
	    "How long after a failed session a phone in the same network is told why, once a saved "
	    "network was joined again."),
	ROW(DURATION, "register_timeout", LIVE, 1, HOUR, "\"30s\"",
	    "How long the registration with the cloud may take."),
	ROW(DURATION, "bind_timeout", LIVE, 1, HOUR, "\"60s\"",
	    "How long delivering the token to the cloud may take."),
	ROW(DURATION, "token_timeout", LIVE, 1, HOUR, "\"60s\"",
	    "How long to wait for the phone's token once the device is online."),
	ROW(DURATION, "method_start_timeout", LIVE, 1, HOUR, "\"10s\"",
	    "How long a method may take to start."),
	ROW(DURATION, "method_cancel_timeout", LIVE, 1, HOUR, "\"3s\"",
	    "How long a method may take to end its session."),
	ROW(DURATION, "method_stop_timeout", LIVE, 1, HOUR, "\"5s\"",
	    "How long a method may take to stop."),
	ROW(DURATION, "op_timeout", LIVE, 1, HOUR, "\"10s\"",
	    "How long a HAL may take to open and to close."),
	ROW(INT, "timeline_max", 0, 16, 65536, "512",
	    "Entries that the timeline of one session keeps."),
	ROW(INT, "history", 0, 1, 256, "8",
	    "Ended sessions that are kept for display."),
	ROW(TEXT_LIST, "internet_check", LIVE, 0, 8, "[]",
	    "Addresses, each as ip:port, that tell whether the internet is there after the cloud "
	    "could not be reached; when empty nobody is asked."),
};

static const struct provd_option app_channel_rows[] = {
	ROW(BOOL, "enabled", 0, 0, 0, "true",
	    "Talk with the owner's phone app over UDP."),
	ROW(TEXT, "bind", 0, 1, 45, "\"0.0.0.0\"",
	    "Own IPv4 or IPv6 address on which phones are heard."),
	ROW(INT, "port", 0, 0, 65535, "0",
	    "UDP port; 0 means the one that the cloud's app uses."),
	ROW(TEXT, "broadcast", 0, 7, 15, "\"255.255.255.255\"",
	    "IPv4 address to which states are broadcast when the cloud's app wants that."),
	ROW(INT, "max_peers", 0, 1, 1024, "32",
	    "Phones that are remembered at once."),
	ROW(INT, "peer_rate", 0, 1, 100000, "20",
	    "Datagrams a second that one phone may send, and be sent; more are dropped."),
	ROW(INT, "total_rate", 0, 1, 1000000, "200",
	    "Datagrams a second that unknown senders may send together; more are dropped. Phones "
	    "that were understood before are not counted."),
	ROW(DURATION, "peer_idle", 0, 1, 24 * HOUR, "\"60s\"",
	    "A phone that is silent for so long is forgotten."),
};

static const struct provd_option start_rows[] = {
	CHOICE("policy", LIVE, "\"if-unprovisioned\"", "if-unprovisioned|on-demand|always|button",
	       "When provisioning starts: by itself as long as the device was never bound, by "
	       "command only, by itself whenever the device has no network, or by the button."),
	ROW(DURATION, "window", LIVE, 0, 7 * 24 * HOUR, "\"5m\"",
	    "How long provisioning stays open, whatever it is doing; \"0s\" means until it is "
	    "stopped."),
	ROW(DURATION, "grace", LIVE, 0, 24 * HOUR, "\"2m\"",
	    "How long saved networks are tried before provisioning starts by itself."),
	ROW(BOOL, "presence", LIVE, 0, 0, "false",
	    "Start provisioning only when somebody has pressed the button shortly before."),
	ROW(DURATION, "presence_for", LIVE, 1, 24 * HOUR, "\"2m\"",
	    "How long a press of the button counts."),
};

static const struct provd_option networks_rows[] = {
	ROW(INT, "max", 0, 1, 32, "8",
	    "Saved networks that are kept; beyond it the one of the lowest priority is forgotten."),
	CHOICE("commit", LIVE, "\"online\"", "online|bound",
	       "When new credentials replace the old ones: as soon as the network gave an address, "
	       "or only when the cloud has bound the device."),
	ROW(BOOL, "join", LIVE, 0, 0, "true",
	    "Join saved networks when the daemon starts and whenever the link is lost; false where "
	    "another program of the system does that."),
	ROW(DURATION, "retry", LIVE, 100, HOUR, "\"30s\"",
	    "Longest wait between two rounds over the saved networks; the first ones follow "
	    "sooner."),
	ROW(DURATION, "resume_for", LIVE, 0, 24 * HOUR, "\"10m\"",
	    "How long after a power cut a session that had got online is taken up again; \"0s\" "
	    "means never."),
};

static const struct provd_option store_rows[] = {
	CHOICE("backend", 0, "\"file\"", "file|hal",
	       "Where saved networks and marks are kept: in state_dir, or by the capability store "
	       "of a HAL."),
	CHOICE("key", 0, "\"none\"", "none|file|hal",
	       "What they are encrypted with: nothing, the key in key_file, or a key of the HAL."),
	ROW(PATH, "key_file", 0, 0, 0, NULL,
	    "File with the key: 32 bytes, or 64 hexadecimal digits; nobody else may read it."),
};

static const struct provd_option journal_rows[] = {
	ROW(BOOL, "enabled", 0, 0, 0, "true",
	    "Keep what happened in sessions over restarts, where the records are (store.backend)."),
	ROW(INT, "max_kib", 0, 16, 65536, "256",
	    "KiB that all sessions together may have; the same amount of memory is used."),
	ROW(INT, "max_sessions", 0, 2, 1000, "50",
	    "Sessions that are kept; one that failed stays until its log was handed over, as long "
	    "as there is room."),
};

static const struct provd_option hook_rows[] = {
	ROW(TEXT_LIST, "on", NEEDED, 1, 16, NULL,
	    "States of the session, or \"link-up\" and \"link-down\", at which the program is run; "
	    "\"any\" means all."),
	ROW(TEXT_LIST, "run", NEEDED, 1, 32, NULL,
	    "Absolute path of the program and its arguments; no shell is used."),
	ROW(DURATION, "timeout", 0, 1, HOUR, "\"10s\"",
	    "How long it may run before it is killed."),
};

static const struct provd_option button_rows[] = {
	ROW(PATH, "gpio_chip", 0, 0, 0, NULL, "GPIO character device, e.g. /dev/gpiochip0."),
	ROW(INT, "gpio_line", 0, 0, 1023, "0", "Line of the button on gpio_chip."),
	ROW(BOOL, "active_low", 0, 0, 0, "true", "The line is low while the button is pressed."),
	ROW(PATH, "input", 0, 0, 0, NULL, "Input device instead, e.g. /dev/input/event0."),
	ROW(INT, "key", 0, 0, 767, "0", "Its key code, e.g. 408 (KEY_RESTART); 0 means any."),
	ROW(DURATION, "debounce", 0, 0, SECOND, "\"30ms\"", "Shorter changes are ignored."),
	ROW(DURATION, "long", 0, 100, MINUTE, "\"5s\"", "How long a long press is."),
	CHOICE("long_press", 0, "\"none\"", "none|network|factory",
	       "What a long press resets: nothing, the saved networks, or everything."),
};

static const struct provd_option led_rows[] = {
	ROW(TEXT, "name", NEEDED, 1, 64, NULL, "Name of the LED in folder."),
	ROW(PATH, "folder", 0, 0, 0, "\"/sys/class/leds\"", "Folder of the LEDs."),
};

static const struct provd_option entry_rows[] = {
	ROW(TEXT, "plugin", NEEDED, 1, 32, NULL,
	    "Name of the plugin; its file is NAME.so in one of plugin_dirs."),
	ROW(BOOL, "required", 0, 0, 0, "true",
	    "Whether the daemon refuses to start without this plugin."),
};

static const struct provd_option step_rows[] = {
	ROW(TEXT_LIST, "methods", NEEDED, 1, PROVD_SECTION_ENTRIES_MAX, NULL,
	    "Methods that are active together in this step."),
	ROW(DURATION, "for", 0, 1, 7 * 24 * HOUR, NULL,
	    "How long the step lasts; only the last step may leave it out, and then stays."),
};

static const char *const daemon_extra[] = {"log", NULL};
static const char *const entry_extra[] = {"options", NULL};
static const char *const root_extra[] = {"daemon", "hal", "methods", "cloud", "plan", "start",
					 "session", "app_channel", "networks", "store", "journal", "hooks",
					 "button",
					 "led", NULL};

static const struct provd_section_info sections[PROVD_SECTION_COUNT] = {
	[PROVD_SECTION_DAEMON] = {"daemon", "Folders and the control socket.",
				  TABLE(daemon_rows, daemon_extra)},
	[PROVD_SECTION_LOG] = {"daemon.log", "What is logged, and how.", TABLE(log_rows, NULL)},
	[PROVD_SECTION_SESSION] = {"session", "Deadlines of a provisioning session.",
				   TABLE(session_rows, NULL)},
	[PROVD_SECTION_APP_CHANNEL] = {"app_channel", "The UDP exchange with the owner's phone app.",
				       TABLE(app_channel_rows, NULL)},
	[PROVD_SECTION_START] = {"start", "When provisioning starts and how long it stays open.",
				 TABLE(start_rows, NULL)},
	[PROVD_SECTION_NETWORKS] = {"networks", "Saved networks: how many, and when they are tried.",
				    TABLE(networks_rows, NULL)},
	[PROVD_SECTION_STORE] = {"store", "Where and how saved networks are kept.",
				 TABLE(store_rows, NULL)},
	[PROVD_SECTION_JOURNAL] = {"journal", "What happened in earlier sessions.",
				   TABLE(journal_rows, NULL)},
	[PROVD_SECTION_HOOK] = {"hooks[]", "Programs that are run when the state changes.",
				TABLE(hook_rows, NULL)},
	[PROVD_SECTION_BUTTON] = {"button", "A button of the device: shows presence, and starts "
				  "provisioning when the policy is \"button\".",
				  TABLE(button_rows, NULL)},
	[PROVD_SECTION_LED] = {"led", "An LED of the device that shows the state.",
			       TABLE(led_rows, NULL)},
	[PROVD_SECTION_ENTRY] = {"hal[], methods[], cloud",
				 "One plugin each; \"options\" holds the options of that plugin.",
				 TABLE(entry_rows, entry_extra)},
	[PROVD_SECTION_STEP] = {"plan[]", "Steps that take turns. Without a plan all methods are "
				"active together; those that the radio cannot run together "
				"take turns.", TABLE(step_rows, NULL)},
	[PROVD_SECTION_ROOT] = {"", "The sections of the file.",
				{NULL, 0, sizeof(struct provd_option), root_extra}},
};
/* clang-format on */

const struct provd_section_info *provd_section_get(enum provd_section section)
{
	return &sections[section];
}
