# cmake -DPROGRAM=<digits-emulated> -DDEVICE=<name> -DWORK=<folder> -P emulated_test.cmake
# Trains for one epoch on the CPU and on an emulated GPU: the same weights, losses and misread digits, bit for bit, and
# every kernel must have run on the GPU.
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")

function(train device result report)
  execute_process(COMMAND "${CMAKE_COMMAND}" -E env SPORKLE_WISDOM= SPORKLE_MODE=estimate "${PROGRAM}" --device ${device} --epochs 1
                  WORKING_DIRECTORY "${WORK}" OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "digits on ${device} ended with ${status}: ${output}")
  endif()
  # Up to the list of the misread digits; behind it is the report of the kernels.
  if(NOT output MATCHES "(epoch  1: loss [0-9.]+, [0-9.]+ % of the held-out digits right), ([0-9.]+ s)(.*fingerprint of the weights [0-9a-f]+.*)their picture")
    message(FATAL_ERROR "digits on ${device} printed no epoch and no fingerprint of the weights: ${output}")
  endif()
  message(STATUS "${device}: ${CMAKE_MATCH_1}, ${CMAKE_MATCH_2}")
  set(${result} "${CMAKE_MATCH_1}${CMAKE_MATCH_3}" PARENT_SCOPE)
  set(${report} "${output}" PARENT_SCOPE)
endfunction()

train(cpu expected unused)
train(${DEVICE} found report)
if(NOT found STREQUAL expected)
  message(FATAL_ERROR "on ${DEVICE}: ${found}\non the CPU: ${expected}")
endif()
string(REGEX MATCHALL "\nkernel [a-z_]+" kernels "${report}")
string(REGEX MATCHALL "\n    \\* [^ ]+" chosen "${report}")  # at least one workload of each kernel
list(LENGTH kernels count)
list(LENGTH chosen choices)
set(elsewhere ${chosen})
list(FILTER elsewhere EXCLUDE REGEX "\\* ${DEVICE}/")
if(elsewhere OR count LESS 1 OR choices LESS count)
  message(FATAL_ERROR "${count} kernels, ${choices} chosen variants, on other devices: ${elsewhere}\n${report}")
endif()
