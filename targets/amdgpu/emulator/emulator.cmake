# A virtual AMD GPU for tests and tools: it executes machine code, which it decodes with LLVM's disassembler.
find_package(LLVM 19.1 REQUIRED CONFIG PATHS /usr/lib/llvm-19)

file(GLOB amdgpu_isa_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/isa/*.cpp")
add_library(sporkle_amdgpu_isa STATIC ${amdgpu_isa_sources})
target_include_directories(sporkle_amdgpu_isa SYSTEM PRIVATE ${LLVM_INCLUDE_DIRS})
target_compile_definitions(sporkle_amdgpu_isa PRIVATE ${LLVM_DEFINITIONS_LIST})
target_link_libraries(sporkle_amdgpu_isa PUBLIC sporkle_dsl PRIVATE LLVM $<BUILD_INTERFACE:sporkle_settings>)
# Loops over lanes become vector code only if comparisons need not keep the order of exceptions and roots need not set
# errno; results are the same.
target_compile_options(sporkle_amdgpu_isa PRIVATE -O3 -fno-math-errno -fno-trapping-math)
