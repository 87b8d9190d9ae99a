# SPDX-License-Identifier: Apache-2.0
# provd_add_plugin(NAME SOURCES... [LIBS...] [INCLUDES...] [KIND method|hal|cloud])
#
# Builds NAME.so, a plugin that exports the one symbol `provd_plugin` and sees nothing of provd
# but the public headers. In the provd tree it lands in ${PROVD_PLUGIN_OUTPUT_DIRECTORY}.
set(PROVD_PLUGIN_CMAKE_DIR "${CMAKE_CURRENT_LIST_DIR}")

function(provd_add_plugin name)
	cmake_parse_arguments(ARG "NO_INSTALL" "OUTPUT_DIRECTORY" "SOURCES;LIBS;INCLUDES" ${ARGN})
	add_library(plugin_${name} MODULE ${ARG_SOURCES})
	set_target_properties(plugin_${name} PROPERTIES PREFIX "" OUTPUT_NAME "${name}"
		C_VISIBILITY_PRESET hidden)
	if(ARG_OUTPUT_DIRECTORY)
		set_target_properties(plugin_${name} PROPERTIES
			LIBRARY_OUTPUT_DIRECTORY "${ARG_OUTPUT_DIRECTORY}")
	elseif(PROVD_PLUGIN_OUTPUT_DIRECTORY)
		set_target_properties(plugin_${name} PROPERTIES
			LIBRARY_OUTPUT_DIRECTORY "${PROVD_PLUGIN_OUTPUT_DIRECTORY}")
	endif()
	target_include_directories(plugin_${name} PRIVATE ${ARG_INCLUDES})
	target_link_libraries(plugin_${name} PRIVATE provd::headers ${ARG_LIBS})
	if(TARGET provd_compile)
		target_link_libraries(plugin_${name} PRIVATE provd_compile)
	endif()
	target_link_options(plugin_${name} PRIVATE
		"-Wl,--version-script=${PROVD_PLUGIN_CMAKE_DIR}/plugin.map")
	set_property(TARGET plugin_${name} APPEND PROPERTY LINK_DEPENDS
		"${PROVD_PLUGIN_CMAKE_DIR}/plugin.map")
	# clang leaves the sanitizer run-time undefined in shared objects.
	if(NOT (PROVD_SANITIZE AND CMAKE_C_COMPILER_ID MATCHES "Clang"))
		target_link_options(plugin_${name} PRIVATE "-Wl,--no-undefined")
	endif()
	if(PROVD_INSTALL_PLUGINS AND NOT ARG_NO_INSTALL)
		install(TARGETS plugin_${name} LIBRARY DESTINATION "${PROVD_PLUGIN_INSTALL_DIR}")
	endif()
endfunction()
