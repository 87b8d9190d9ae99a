/* SPDX-License-Identifier: Apache-2.0 */
/* What cppcheck has to know of headers that it does not read. */
#define json_array_foreach(array, i, value)                                                        \
	for (i = 0; i < json_array_size(array) && (value = json_array_get(array, i)); i++)
#define json_object_foreach(object, key, value)                                                    \
	for (key = json_first_key(object, &value); key; key = json_next_key(object, key, &value))
