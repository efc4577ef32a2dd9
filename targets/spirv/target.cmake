# SPIR-V: modules at build time, Vulkan at run time.
include("${CMAKE_CURRENT_LIST_DIR}/interface/interface.cmake")
if(SPORKLE_BUILD_COMPILER)
  include("${CMAKE_CURRENT_LIST_DIR}/emit/emit.cmake" OPTIONAL)
endif()
include("${CMAKE_CURRENT_LIST_DIR}/run/run.cmake" OPTIONAL)
