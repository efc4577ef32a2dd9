# cmake -DCOMPILER=… -DSTRIP=… -DLIBRARY=… -DFOLDER=… -DLIMIT=… -P size.cmake
# The stripped library has at most LIMIT bytes. An archive is weighed as the shared library that it would be: most of
# an archive is names and relocations, which no program loads.
if(LIBRARY MATCHES "\\.a$")
  execute_process(COMMAND "${COMPILER}" -shared -o "${FOLDER}/runtime_to_weigh" -Wl,--whole-archive "${LIBRARY}"
                          -Wl,--no-whole-archive COMMAND_ERROR_IS_FATAL ANY)
else()
  configure_file("${LIBRARY}" "${FOLDER}/runtime_to_weigh" COPYONLY)
endif()
execute_process(COMMAND "${STRIP}" --strip-unneeded "${FOLDER}/runtime_to_weigh" COMMAND_ERROR_IS_FATAL ANY)
file(SIZE "${FOLDER}/runtime_to_weigh" size)
message(STATUS "${LIBRARY}: ${size} bytes stripped")
if(size GREATER LIMIT)
  message(FATAL_ERROR "the stripped runtime library has ${size} bytes, more than ${LIMIT}")
endif()
