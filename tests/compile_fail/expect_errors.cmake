# cmake -DCOMPILER=… -DPROGRAM=… -DINCLUDES=… -P expect_errors.cmake
# Lists are separated by commas. Fails unless the program fails to compile with the messages that its comments expect.
cmake_minimum_required(VERSION 3.25)
file(STRINGS "${PROGRAM}" expectations REGEX "^// expect: ")
list(LENGTH expectations count)
if(count EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} expects no message")
endif()

string(REPLACE "," ";" INCLUDES "${INCLUDES}")
list(TRANSFORM INCLUDES PREPEND "-I")
set(ENV{LC_ALL} C)
execute_process(COMMAND "${COMPILER}" -std=c++20 -fsyntax-only ${INCLUDES} "${PROGRAM}"
                RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} compiles, but must not")
endif()
foreach(expectation IN LISTS expectations)
  string(REGEX REPLACE "^// expect: " "" expected "${expectation}")
  string(FIND "${output}" "${expected}" place)
  if(place EQUAL -1)
    message(FATAL_ERROR "Expected in the diagnostics: ${expected}\nThe compiler said:\n${output}")
  endif()
endforeach()
