# cmake -DLIBRARY=… -DNODES=… -DEXPECTED=<regular expression> -DWORK=<folder> -DCOMMAND=… -P run_twice.cmake
# Runs the command under the pretended kernel twice: the second time finds what the first one measured.
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")
foreach(run IN ITEMS first second)
  execute_process(COMMAND "${CMAKE_COMMAND}" -E env "LD_PRELOAD=${LIBRARY}" "SPORKLE_TEST_AMDGPU=${NODES}" SPORKLE_DEVICE=amdgpu
                          "SPORKLE_WISDOM=${WORK}/wisdom.sqlite" ASAN_OPTIONS=verify_asan_link_order=0 ${COMMAND}
                  OUTPUT_VARIABLE output ERROR_VARIABLE errors RESULT_VARIABLE status)
  message(STATUS "${run}: ${output}${errors}")
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "ended with ${status}")
  endif()
  if(NOT "${output}" MATCHES "${EXPECTED}")
    message(FATAL_ERROR "expected: ${EXPECTED}")
  endif()
  if(NOT errors MATCHES "pretended amdgpu: [0-9]+ dispatches, faults: 0")
    message(FATAL_ERROR "the pretended kernel was not reached, or found faults")
  endif()
endforeach()
