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

# The GPU around the instructions, and the kernel driver in front of it, behind the driver's system calls.
find_path(AMDGPU_DRM_INCLUDE_DIR amdgpu_drm.h PATH_SUFFIXES libdrm)
if(AMDGPU_DRM_INCLUDE_DIR)
  file(GLOB amdgpu_emulator_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/gpu/*.cpp"
       "${CMAKE_CURRENT_LIST_DIR}/kernel/*.cpp" "${CMAKE_CURRENT_LIST_DIR}/*.cpp")
  find_package(Threads REQUIRED)
  add_library(sporkle_amdgpu_emulator STATIC ${amdgpu_emulator_sources})
  target_include_directories(sporkle_amdgpu_emulator SYSTEM PRIVATE "${AMDGPU_DRM_INCLUDE_DIR}")
  target_link_libraries(sporkle_amdgpu_emulator PUBLIC sporkle_amdgpu_isa sporkle_runtime
                        PRIVATE sporkle_amdgpu_pm4 Threads::Threads $<BUILD_INTERFACE:sporkle_bundle_format>
                        $<BUILD_INTERFACE:sporkle_settings>)
endif()
