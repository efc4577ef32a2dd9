# What targets that emit through LLVM share: Tile IR's values, arithmetic and control flow in LLVM IR.
include_guard(GLOBAL)
# Debian and Ubuntu keep each LLVM in a prefix of its own, where find_package does not look by itself.
find_package(LLVM 19.1 REQUIRED CONFIG PATHS /usr/lib/llvm-19)

file(GLOB llvm_ir_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/*.cpp")
add_library(sporkle_llvm_ir STATIC ${llvm_ir_sources})
target_include_directories(sporkle_llvm_ir SYSTEM PUBLIC ${LLVM_INCLUDE_DIRS})
target_compile_definitions(sporkle_llvm_ir PUBLIC ${LLVM_DEFINITIONS_LIST})
target_link_libraries(sporkle_llvm_ir PUBLIC sporkle_codegen LLVM PRIVATE $<BUILD_INTERFACE:sporkle_settings>)
