/* SPDX-License-Identifier: Apache-2.0 */
/* A look at the ELF headers before anything is mapped. System V ABI, chapters 4 and 5. */
#include "plugin/loader_internal.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A shared object has some ten program headers. */
#define PROGRAM_HEADERS_MAX 64

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#elif defined(__i386__)
#define OUR_MACHINE EM_386
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#elif defined(__arm__)
#define OUR_MACHINE EM_ARM
#elif defined(__riscv)
#define OUR_MACHINE EM_RISCV
#elif defined(__mips__)
#define OUR_MACHINE EM_MIPS
#elif defined(__powerpc64__)
#define OUR_MACHINE EM_PPC64
#else
#define OUR_MACHINE EM_NONE /* dlopen() will tell */
#endif

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define OUR_DATA ELFDATA2MSB
#else
#define OUR_DATA ELFDATA2LSB
#endif

#define OUR_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)

struct machine {
	unsigned number;
	const char *name;
};

static const struct machine machines[] = {
	{EM_X86_64, "x86-64"}, {EM_386, "x86"},	  {EM_AARCH64, "AArch64"},   {EM_ARM, "ARM"},
	{EM_RISCV, "RISC-V"},  {EM_MIPS, "MIPS"}, {EM_PPC64, "64-bit POWER"}};

static const char *machine_name(unsigned number)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		if (machines[i].number == number)
			return machines[i].name;
	}
	return "another machine";
}

/* e_machine sits at the same place in both classes, in the file's own byte order. */
static unsigned read_machine(const ElfW(Ehdr) * header)
{
	unsigned machine = header->e_machine;

	if (header->e_ident[EI_DATA] != OUR_DATA)
		machine = (machine >> 8 | machine << 8) & 0xffffu;
	return machine;
}

static int check_header(const ElfW(Ehdr) * header, const char *file, struct provd_error *err)
{
	unsigned machine = read_machine(header);

	if (OUR_MACHINE != EM_NONE && machine != OUR_MACHINE)
		return provd_loader_refuse(
			err, PROVD_E_PLUGIN_FILE, file,
			"it is for %s, this daemon is for %s; build it for this machine",
			machine_name(machine), machine_name(OUR_MACHINE));
	if (header->e_ident[EI_CLASS] != OUR_CLASS)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_FILE, file,
					   "it is %s-bit, this daemon is %s-bit; "
					   "build it for this machine",
					   header->e_ident[EI_CLASS] == ELFCLASS64 ? "64" : "32",
					   OUR_CLASS == ELFCLASS64 ? "64" : "32");
	if (header->e_ident[EI_DATA] != OUR_DATA)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_FILE, file,
					   "its byte order is the other one; "
					   "build it for this machine");
	if (header->e_type != ET_DYN)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_FILE, file,
					   "ELF type is %u, wanted a shared object (%u); "
					   "link it with -shared",
					   (unsigned)header->e_type, (unsigned)ET_DYN);
	if (header->e_phentsize != sizeof(ElfW(Phdr)) || header->e_phnum == 0 ||
	    header->e_phnum > PROGRAM_HEADERS_MAX)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_FILE, file,
					   "its ELF header is damaged; copy the file again");
	return 0;
}

static int check_length(int fd, const ElfW(Ehdr) * header, const char *file,
			struct provd_error *err)
{
	ElfW(Phdr) segments[PROGRAM_HEADERS_MAX];
	size_t bytes = header->e_phnum * sizeof(segments[0]);
	uint64_t wanted = (uint64_t)header->e_phoff + bytes;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_FILE, file,
					   "its size cannot be read; check the disk");
	if (wanted <= (uint64_t)st.st_size &&
	    pread(fd, segments, bytes, (off_t)header->e_phoff) == (ssize_t)bytes) {
		for (size_t i = 0; i < header->e_phnum; i++) {
			uint64_t end = (uint64_t)segments[i].p_offset + segments[i].p_filesz;

			if (segments[i].p_type == PT_LOAD && end > wanted)
				wanted = end;
		}
	}
	if (wanted > (uint64_t)st.st_size)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_FILE, file,
					   "it is cut short, %llu bytes of at least %llu; "
					   "copy the file again",
					   (unsigned long long)st.st_size,
					   (unsigned long long)wanted);
	return 0;
}

int provd_loader_check_elf(int fd, const char *file, struct provd_error *err)
{
	ElfW(Ehdr) header;
	ssize_t n;
	int ret;

	memset(&header, 0, sizeof(header));
	n = pread(fd, &header, sizeof(header), 0);
	if (n < SELFMAG || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
		return provd_loader_refuse(err, PROVD_E_PLUGIN_FILE, file,
					   "it is not an ELF file, wanted a shared object; "
					   "build it with provd_add_plugin()");
	if ((size_t)n < sizeof(header))
		return provd_loader_refuse(err, PROVD_E_PLUGIN_FILE, file,
					   "it is cut short, %zd bytes of at least %zu; "
					   "copy the file again",
					   n, sizeof(header));
	ret = check_header(&header, file, err);
	if (ret < 0)
		return ret;
	return check_length(fd, &header, file, err);
}
