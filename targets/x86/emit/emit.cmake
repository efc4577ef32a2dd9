# The code generator for x86-64: Tile IR → LLVM IR → self-contained machine code.
# Debian and Ubuntu keep each LLVM in a prefix of its own, where find_package does not look by itself.
find_package(LLVM 19.1 REQUIRED CONFIG PATHS /usr/lib/llvm-19)

file(GLOB x86_emit_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/*.cpp")
add_library(sporkle_x86_emit STATIC ${x86_emit_sources})
target_include_directories(sporkle_x86_emit SYSTEM PRIVATE ${LLVM_INCLUDE_DIRS})
target_compile_definitions(sporkle_x86_emit PRIVATE ${LLVM_DEFINITIONS_LIST})
target_link_libraries(sporkle_x86_emit PUBLIC sporkle_codegen PRIVATE LLVM $<BUILD_INTERFACE:sporkle_settings>)

sporkle_emit_target(x86 sporkle_x86_emit)
