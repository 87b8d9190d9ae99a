/* SPDX-License-Identifier: Apache-2.0 */
#include "air/frame.h"

/* Codes of classic BPF, as in linux/filter.h, which not every build host has. */
enum code {
	LOAD_BYTE = 0x30,   /* BPF_LD | BPF_B | BPF_ABS */
	LOAD_BYTE_X = 0x50, /* BPF_LD | BPF_B | BPF_IND */
	SHIFT_LEFT = 0x64,  /* BPF_ALU | BPF_LSH | BPF_K */
	ADD_X = 0x0c,	    /* BPF_ALU | BPF_ADD | BPF_X */
	AND = 0x54,	    /* BPF_ALU | BPF_AND | BPF_K */
	JUMP = 0x05,	    /* BPF_JMP | BPF_JA */
	IF_EQUAL = 0x15,    /* BPF_JMP | BPF_JEQ | BPF_K */
	IF_BITS = 0x45,	    /* BPF_JMP | BPF_JSET | BPF_K */
	TO_X = 0x07,	    /* BPF_MISC | BPF_TAX */
	RETURN = 0x06	    /* BPF_RET | BPF_K */
};

/* Jumps count from the next instruction on. The numbers in comments are indices. */
static const struct air_bpf program[] = {
	/* 0: X becomes the length of the radiotap header, little-endian at offset 2 */
	{LOAD_BYTE, 0, 0, 3},
	{SHIFT_LEFT, 0, 0, 8},
	{TO_X, 0, 0, 0},
	{LOAD_BYTE, 0, 0, 2},
	{ADD_X, 0, 0, 0},
	{TO_X, 0, 0, 0},
	/* 6: beacon, probe response, data, QoS data */
	{LOAD_BYTE_X, 0, 0, 0},
	{IF_EQUAL, 17, 0, 0x80},
	{IF_EQUAL, 16, 0, 0x50},
	{IF_EQUAL, 1, 0, 0x08},
	{IF_EQUAL, 0, 13, 0x88},
	/* 11: not a fragment */
	{LOAD_BYTE_X, 0, 0, 22},
	{IF_BITS, 11, 0, 0x0f},
	{LOAD_BYTE_X, 0, 0, 1},
	{IF_BITS, 9, 0, 0x04},
	/* 15: ToDS has the destination in address 3, FromDS in address 1 */
	{AND, 0, 0, 0x03},
	{IF_EQUAL, 3, 0, 1},
	{IF_EQUAL, 0, 6, 2},
	{LOAD_BYTE_X, 0, 0, 4},
	{JUMP, 0, 0, 1},
	{LOAD_BYTE_X, 0, 0, 16},
	/* 21: broadcast, IPv4 multicast, IPv6 multicast */
	{IF_EQUAL, 3, 0, 0xff},
	{IF_EQUAL, 2, 0, 0x01},
	{IF_EQUAL, 1, 0, 0x33},
	{RETURN, 0, 0, 0},
	{RETURN, 0, 0, 0x40000},
};

const struct air_bpf *air_bpf_program(size_t *out_count)
{
	*out_count = sizeof(program) / sizeof(program[0]);
	return program;
}
