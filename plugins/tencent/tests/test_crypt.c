/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "codec/crypt.h"
#include "codec/text.h"
#include "util.h"

Test(tencent_crypt, base64_is_strict, .timeout = 10)
{
	static const char *const bad[] = {
		"",	 "A",	   "AB",     "ABC",  "====", "A===",  "AB=C",	"AB C",
		"AB\nC", "ABCD\n", "AB==AB", "AB-_", "=ABC", "ABCDE", "\xffZZZ"};
	uint8_t out[64];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(tencent_base64_decode(bad[i], strlen(bad[i]), out, sizeof(out)),
			     PROVD_E_INVALID, "'%s'", bad[i]);
	cr_expect_eq(tencent_base64_decode("AB\0D", 4, out, sizeof(out)), PROVD_E_INVALID);
	cr_expect_eq(tencent_base64_decode("QQ==", 4, out, sizeof(out)), 1);
	cr_expect_eq(out[0], 'A');
	cr_expect_eq(tencent_base64_decode("QUI=", 4, out, sizeof(out)), 2);
	cr_expect_eq(tencent_base64_decode("QUJD", 4, out, 3), 3);
	cr_expect_eq(memcmp(out, "ABC", 3), 0);
	cr_expect_eq(tencent_base64_decode("QUJDRA==", 8, out, 5), PROVD_E_NO_SPACE);
}

Test(tencent_crypt, sizes_are_checked, .timeout = 10)
{
	uint8_t digest[TENCENT_DIGEST_MAX];
	uint8_t block[16] = {0};
	char text[8];

	cr_expect_eq(tencent_hex((const uint8_t *)"abcd", 4, text, 8), PROVD_E_NO_SPACE);
	cr_expect_eq(tencent_hex((const uint8_t *)"abc", 3, text, 7), 6);
	cr_expect_str_eq(text, "616263");
	cr_expect_eq(tencent_base64_encode("abcd", 4, text, 8), PROVD_E_NO_SPACE);
	cr_expect_eq(tencent_base64_encode("abc", 3, text, 5), 4);
	cr_expect_str_eq(text, "YWJj");
	cr_expect_eq(tencent_hmac(TENCENT_SHA1, "", 0, "x", 1, digest), PROVD_E_INVALID);
	cr_expect_eq(tencent_hmac((enum tencent_hash)9, "k", 1, "x", 1, digest), PROVD_E_INVALID);
	cr_expect_eq(tencent_hmac(TENCENT_SHA1, "k", 1, "", 0, digest), 20);
	cr_expect_eq(tencent_aes_decrypt(block, block, 0, block), PROVD_E_INVALID);
	cr_expect_eq(tencent_aes_decrypt(block, block, 15, block), PROVD_E_INVALID);
}

Test(tencent_text, foreign_text_is_escaped_and_cut, .timeout = 10)
{
	char out[16];

	tencent_printable(out, sizeof(out), "a\n\\\x80z", 5);
	cr_expect_str_eq(out, "a\\x0a\\x5c\\x80z");
	tencent_printable(out, 5, "abcdefgh", 8);
	cr_expect_str_eq(out, "abcd");
	tencent_printable(out, 5, "\x01\x02", 2);
	cr_expect_str_eq(out, "\\x01");
	tencent_printable(out, 4, "\x01", 1);
	cr_expect_str_eq(out, "");
	tencent_printable(out, 1, "abc", 3);
	cr_expect_str_eq(out, "");
	tencent_printable(out, sizeof(out), "a\0b", 3);
	cr_expect_str_eq(out, "a\\x00b");
}

Test(tencent_text, output_never_overruns, .timeout = 10)
{
	struct tencent_out out;

	for (size_t cap = 0; cap <= 12; cap++) {
		char *memory = exact_copy("############", cap);

		tencent_out_init(&out, memory, cap);
		tencent_out_text(&out, "ab\"");
		tencent_out_json(&out, "c\"\n");
		if (cap > 10) {
			cr_expect_eq(tencent_out_finish(&out), 10);
			cr_expect_str_eq(memory, "ab\"\"c\\\"\\n\"");
		} else {
			cr_expect_eq(tencent_out_finish(&out), PROVD_E_NO_SPACE);
			cr_expect_eq(out.len, 10);
		}
		free(memory);
	}
	tencent_out_init(&out, NULL, 0);
	tencent_out_json(&out, "\xff\xfe");
	cr_expect_eq(tencent_out_finish(&out), PROVD_E_INVALID);
	expect_no_leaks();
}

Test(tencent_text, errors_need_a_sized_object, .timeout = 10)
{
	struct provd_error err = fresh_error();
	struct provd_error unsized = {0};

	cr_expect_eq(tencent_fail(NULL, PROVD_E_IO, "x"), PROVD_E_IO);
	cr_expect_eq(tencent_fail(&unsized, PROVD_E_IO, "x"), PROVD_E_IO);
	cr_expect_eq(unsized.code, 0);
	cr_expect_eq(tencent_fail(&err, PROVD_E_IO, "%0300d", 1), PROVD_E_IO);
	cr_expect_eq(strlen(err.text), sizeof(err.text) - 1);
}
