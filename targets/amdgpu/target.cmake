# AMD GPUs: machine code and PM4 packets at build time, the amdgpu kernel driver at run time.
include("${CMAKE_CURRENT_LIST_DIR}/pm4/pm4.cmake")
if(SPORKLE_BUILD_COMPILER)
  include("${CMAKE_CURRENT_LIST_DIR}/emit/emit.cmake" OPTIONAL)
endif()
include("${CMAKE_CURRENT_LIST_DIR}/run/run.cmake" OPTIONAL)
if(SPORKLE_BUILD_COMPILER)
  include("${CMAKE_CURRENT_LIST_DIR}/emulator/emulator.cmake" OPTIONAL)
endif()
