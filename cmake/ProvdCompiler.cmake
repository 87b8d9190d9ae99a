# SPDX-License-Identifier: Apache-2.0
# Compiler settings shared by every target of the project: link against provd_compile.

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(PROVD_PLUGIN_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/plugins")

if(NOT CMAKE_BUILD_TYPE)
	set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

add_library(provd_compile INTERFACE)
target_compile_definitions(provd_compile INTERFACE _GNU_SOURCE)
target_compile_options(provd_compile INTERFACE
	-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
	-Wformat=2 -Wvla -Wundef -Wpointer-arith -Wswitch-enum -fno-common)
if(PROVD_WERROR)
	target_compile_options(provd_compile INTERFACE -Werror)
endif()

if(PROVD_SANITIZE)
	# -fno-sanitize-recover: Criterion does not fail a test on a UBSan message alone.
	add_compile_options(-fsanitize=${PROVD_SANITIZE} -fno-omit-frame-pointer
		-fno-sanitize-recover=undefined)
	add_link_options(-fsanitize=${PROVD_SANITIZE})
else()
	target_compile_options(provd_compile INTERFACE -fstack-protector-strong)
	target_compile_options(provd_compile INTERFACE
		$<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
	add_link_options(-Wl,-z,relro,-z,now)
	target_link_options(provd_compile INTERFACE $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>)
endif()
