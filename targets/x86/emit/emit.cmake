# The code generator for x86-64: Tile IR → LLVM IR → self-contained machine code.
# Debian and Ubuntu keep each LLVM in a prefix of its own, where find_package does not look by itself.
find_package(LLVM 19 REQUIRED CONFIG PATHS /usr/lib/llvm-19)

add_library(sporkle_x86_emit STATIC
  "${CMAKE_CURRENT_LIST_DIR}/alias.cpp"
  "${CMAKE_CURRENT_LIST_DIR}/arithmetic.cpp"
  "${CMAKE_CURRENT_LIST_DIR}/assemble.cpp"
  "${CMAKE_CURRENT_LIST_DIR}/convert.cpp"
  "${CMAKE_CURRENT_LIST_DIR}/divide.cpp"
  "${CMAKE_CURRENT_LIST_DIR}/executable_blob.cpp"
  "${CMAKE_CURRENT_LIST_DIR}/flatten.cpp"
  "${CMAKE_CURRENT_LIST_DIR}/level.cpp"
  "${CMAKE_CURRENT_LIST_DIR}/masked.cpp"
  "${CMAKE_CURRENT_LIST_DIR}/memory.cpp"
  "${CMAKE_CURRENT_LIST_DIR}/optimize.cpp"
  "${CMAKE_CURRENT_LIST_DIR}/target.cpp"
  "${CMAKE_CURRENT_LIST_DIR}/translate.cpp"
  "${CMAKE_CURRENT_LIST_DIR}/types.cpp")
target_include_directories(sporkle_x86_emit SYSTEM PRIVATE ${LLVM_INCLUDE_DIRS})
target_compile_definitions(sporkle_x86_emit PRIVATE ${LLVM_DEFINITIONS_LIST})
target_link_libraries(sporkle_x86_emit PUBLIC sporkle_codegen PRIVATE LLVM $<BUILD_INTERFACE:sporkle_settings>)

sporkle_emit_target(x86 sporkle_x86_emit)
