# cmake -DCOMPILERS=… -DSOURCES=… -DINCLUDES=… -DFOLDER=… -P compare_compilers.cmake
# Builds one program with each compiler, at -O2 and with unreferenced sections dropped, and compares what the
# programs print: the hashes of kernels do not depend on the compiler. Lists are separated by commas.
cmake_minimum_required(VERSION 3.25)
foreach(list IN ITEMS COMPILERS SOURCES INCLUDES)
  string(REPLACE "," ";" ${list} "${${list}}")
endforeach()
list(TRANSFORM INCLUDES PREPEND "-I")
file(MAKE_DIRECTORY "${FOLDER}")

set(number 0)
foreach(compiler IN LISTS COMPILERS)
  set(program "${FOLDER}/program${number}")
  execute_process(COMMAND "${compiler}" -std=c++20 -O2 -fdata-sections -Wl,--gc-sections ${INCLUDES} ${SOURCES}
                          -o "${program}" RESULT_VARIABLE result ERROR_VARIABLE errors)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${compiler} failed:\n${errors}")
  endif()
  execute_process(COMMAND "${program}" RESULT_VARIABLE result OUTPUT_VARIABLE output${number} ERROR_VARIABLE errors)
  if(NOT result EQUAL 0 OR output${number} STREQUAL "")
    message(FATAL_ERROR "The program that ${compiler} made failed:\n${errors}")
  endif()
  if(NOT output${number} STREQUAL output0)
    message(FATAL_ERROR "The compilers disagree.\n${output0}\n${compiler}:\n${output${number}}")
  endif()
  math(EXPR number "${number} + 1")
endforeach()
