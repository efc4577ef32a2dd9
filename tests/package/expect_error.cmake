# cmake -DWORK=… -DPREFIX=… -DKERNELS=<arguments of sporkle_add_kernels> "-DEXPECTED=<text>|…" -P expect_error.cmake
# A project with a mistake in its call of sporkle_add_kernels must fail and say EXPECTED.
foreach(needed IN ITEMS WORK PREFIX KERNELS EXPECTED)
  if(NOT DEFINED ${needed})
    message(FATAL_ERROR "${needed} is not given")
  endif()
endforeach()
string(REPLACE "|" ";" EXPECTED "${EXPECTED}")
file(REMOVE_RECURSE "${WORK}")
file(WRITE "${WORK}/CMakeLists.txt"
     "cmake_minimum_required(VERSION 3.25)\nproject(mistaken LANGUAGES CXX)\nfind_package(Sporkle REQUIRED)\n"
     "add_compile_definitions(CONSUMER_FACTOR=3)\nsporkle_add_kernels(${KERNELS})\n")
execute_process(COMMAND "${CMAKE_COMMAND}" -G Ninja -S "${WORK}" -B "${WORK}/build" "-DCMAKE_PREFIX_PATH=${PREFIX}"
                OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE status)
if(status EQUAL 0)
  execute_process(COMMAND "${CMAKE_COMMAND}" --build "${WORK}/build"
                  OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE status)
endif()
if(status EQUAL 0)
  message(FATAL_ERROR "the mistake went unnoticed: sporkle_add_kernels(${KERNELS})")
endif()
string(REGEX REPLACE "[ \n]+" " " output "${output}")  # CMake breaks lines
foreach(text IN LISTS EXPECTED)
  string(FIND "${output}" "${text}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "expected \"${text}\" in: ${output}")
  endif()
endforeach()
