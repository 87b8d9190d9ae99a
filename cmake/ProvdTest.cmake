# SPDX-License-Identifier: Apache-2.0
# provd_add_test(NAME SOURCES... [LIBS...] [INCLUDES...] [DEPENDS targets...])
#
# Builds a Criterion program and registers it with ctest. Tests find recorded vectors through
# PROVD_VECTOR_DIR, built programs through PROVD_BIN_DIR and plugins through PROVD_PLUGIN_DIR.
pkg_check_modules(CRITERION REQUIRED IMPORTED_TARGET criterion)

function(provd_add_test name)
	cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBS;INCLUDES;DEPENDS" ${ARGN})
	if(NOT ARG_TIMEOUT)
		set(ARG_TIMEOUT 120)
	endif()
	add_executable(${name} ${ARG_SOURCES})
	target_include_directories(${name} PRIVATE ${ARG_INCLUDES})
	target_link_libraries(${name} PRIVATE PkgConfig::CRITERION provd_compile provd::headers
		${ARG_LIBS})
	target_compile_definitions(${name} PRIVATE
		PROVD_VECTOR_DIR="${PROJECT_SOURCE_DIR}/tests/vectors"
		PROVD_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}"
		PROVD_PLUGIN_DIR="${PROVD_PLUGIN_OUTPUT_DIRECTORY}")
	# Criterion's macros declare external variables without prototypes.
	target_compile_options(${name} PRIVATE -Wno-missing-prototypes)
	if(ARG_DEPENDS)
		add_dependencies(${name} ${ARG_DEPENDS})
	endif()
	# One job: Criterion 2.4.1's own runner leaks now and then when it runs tests in parallel,
	# which LeakSanitizer reports; ctest runs the programs side by side.
	add_test(NAME ${name} COMMAND ${name} --timeout 60 --jobs 1)
	# Criterion fails a test on a leak only when the sanitizer aborts.
	set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT}
		ENVIRONMENT "ASAN_OPTIONS=abort_on_error=1;UBSAN_OPTIONS=print_stacktrace=1")
endfunction()
