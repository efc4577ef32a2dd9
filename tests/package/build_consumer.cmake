# cmake -DSOURCE=… -DWORK=… [-DPREFIX=…] [-DARGUMENTS=…|…] [-DPROGRAM=… [-DPROGRAM_ARGUMENTS=…]] -P build_consumer.cmake
# Configures and builds a project in WORK, which is made anew, and runs PROGRAM (relative to WORK).
foreach(needed IN ITEMS SOURCE WORK)
  if(NOT DEFINED ${needed})
    message(FATAL_ERROR "${needed} is not given")
  endif()
endforeach()
string(REPLACE "|" ";" ARGUMENTS "${ARGUMENTS}")
file(REMOVE_RECURSE "${WORK}")
execute_process(COMMAND "${CMAKE_COMMAND}" -G Ninja -S "${SOURCE}" -B "${WORK}" -DCMAKE_BUILD_TYPE=Release
                        "-DCMAKE_PREFIX_PATH=${PREFIX}" ${ARGUMENTS}
                COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" --build "${WORK}" COMMAND_ERROR_IS_FATAL ANY)
if(PROGRAM)
  execute_process(COMMAND "${CMAKE_COMMAND}" -E env "SPORKLE_WISDOM=${WORK}/wisdom.sqlite"
                          "${WORK}/${PROGRAM}" ${PROGRAM_ARGUMENTS}
                  WORKING_DIRECTORY "${WORK}" RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${PROGRAM} ended with ${status}")
  endif()
endif()
