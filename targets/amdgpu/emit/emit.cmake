# The code generator for AMD GPUs: per-thread Tile IR → LLVM IR → machine code and dispatch templates.
include("${CMAKE_CURRENT_LIST_DIR}/../../llvm/llvm.cmake")

file(GLOB amdgpu_emit_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/*.cpp")
add_library(sporkle_amdgpu_emit STATIC ${amdgpu_emit_sources})
target_link_libraries(sporkle_amdgpu_emit PUBLIC sporkle_codegen
                      PRIVATE sporkle_llvm_ir sporkle_amdgpu_pm4 $<BUILD_INTERFACE:sporkle_settings>)
sporkle_emit_target(amdgpu sporkle_amdgpu_emit)
