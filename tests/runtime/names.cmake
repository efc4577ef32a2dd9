# cmake -DCOMPILER=… -DLIBRARY=… -DPROGRAM=… -DNEEDS=… -DFOLDER=… -P names.cmake
# A program that has the runtime from a shared library, which may be one that another program brings along, finds there
# all that the public headers call, and errors by their type. An archive stands for the shared library that it would be.
if(LIBRARY MATCHES "\\.a$")
  execute_process(COMMAND "${COMPILER}" -shared -o "${FOLDER}/libruntime_with_names.so" -Wl,--whole-archive "${LIBRARY}"
                          -Wl,--no-whole-archive ${NEEDS} -ldl -pthread COMMAND_ERROR_IS_FATAL ANY)
  set(LIBRARY "${FOLDER}/libruntime_with_names.so")
endif()
execute_process(COMMAND "${COMPILER}" -o "${FOLDER}/runtime_names" ${PROGRAM} "${LIBRARY}" COMMAND_ERROR_IS_FATAL ANY)
get_filename_component(folder "${LIBRARY}" DIRECTORY)
set(ENV{LD_LIBRARY_PATH} "${folder}:$ENV{LD_LIBRARY_PATH}")
execute_process(COMMAND "${FOLDER}/runtime_names" COMMAND_ERROR_IS_FATAL ANY)
