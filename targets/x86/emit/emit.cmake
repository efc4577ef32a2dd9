# The code generator for x86-64: Tile IR → LLVM IR → self-contained machine code.
include("${CMAKE_CURRENT_LIST_DIR}/../../llvm/llvm.cmake")

file(GLOB x86_emit_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/*.cpp")
add_library(sporkle_x86_emit STATIC ${x86_emit_sources})
target_link_libraries(sporkle_x86_emit PUBLIC sporkle_codegen
                      PRIVATE sporkle_llvm_ir $<BUILD_INTERFACE:sporkle_settings>)

sporkle_emit_target(x86 sporkle_x86_emit)
