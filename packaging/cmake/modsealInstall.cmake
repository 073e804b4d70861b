# SPDX-License-Identifier: Apache-2.0
# What modseal_sign() does when a project is installed: finds the files of its targets among
# those that this run has installed so far, and signs them.
set(_modseal_files)
foreach(_modseal_name IN LISTS _modseal_names)
	set(_modseal_found)
	foreach(_modseal_file IN LISTS CMAKE_INSTALL_MANIFEST_FILES)
		get_filename_component(_modseal_last "${_modseal_file}" NAME)
		if(NOT _modseal_last STREQUAL _modseal_name)
			continue()
		endif()
		get_filename_component(_modseal_directory "${_modseal_file}" DIRECTORY)
		foreach(_modseal_destination IN LISTS _modseal_destinations)
			get_filename_component(_modseal_destination "${_modseal_destination}" ABSOLUTE
				BASE_DIR "${CMAKE_INSTALL_PREFIX}")
			if(_modseal_destination STREQUAL _modseal_directory)
				list(APPEND _modseal_found "${_modseal_file}")
			endif()
		endforeach()
		if(NOT _modseal_destinations)
			list(APPEND _modseal_found "${_modseal_file}")
		endif()
	endforeach()
	list(REMOVE_DUPLICATES _modseal_found)
	list(LENGTH _modseal_found _modseal_count)
	if(_modseal_count GREATER 1 AND NOT _modseal_destinations)
		message(FATAL_ERROR "modseal_sign: ${_modseal_name} is installed several times: "
			"${_modseal_found}; which are to be signed, DESTINATION says")
	elseif(_modseal_count EQUAL 0 AND NOT CMAKE_INSTALL_COMPONENT)
		message(FATAL_ERROR "modseal_sign: ${_modseal_name} was not installed before: "
			"modseal_sign() must come behind install(TARGETS)")
	endif()
	foreach(_modseal_file IN LISTS _modseal_found)
		list(APPEND _modseal_files "$ENV{DESTDIR}${_modseal_file}")
	endforeach()
endforeach()
if(_modseal_files)
	execute_process(
		COMMAND "${CMAKE_COMMAND}" -E env "MODSEAL=${_modseal_command}"
			sh "${_modseal_sign_built}" ${_modseal_options} -- ${_modseal_files}
		RESULT_VARIABLE _modseal_result)
	if(NOT _modseal_result EQUAL 0)
		# what is there unsigned might be taken for the signed
		file(REMOVE ${_modseal_files})
		message(FATAL_ERROR "modseal_sign: not signed, and taken away again: ${_modseal_files}")
	endif()
endif()
