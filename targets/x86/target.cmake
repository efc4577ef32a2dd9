# x86-64: code through LLVM at build time, threads at run time.
if(SPORKLE_BUILD_COMPILER)
  include("${CMAKE_CURRENT_LIST_DIR}/emit/emit.cmake")
endif()
include("${CMAKE_CURRENT_LIST_DIR}/run/run.cmake" OPTIONAL)
