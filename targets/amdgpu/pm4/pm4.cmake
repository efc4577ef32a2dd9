# What emitter, driver, emulator and tools share: chips, registers, packets, dispatch templates. Neither LLVM nor
# libdrm. The driver compiles ${amdgpu_pm4_sources} into the runtime, which installs as one library.
file(GLOB amdgpu_pm4_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/*.cpp" "${CMAKE_CURRENT_LIST_DIR}/packets/*.cpp")
add_library(sporkle_amdgpu_pm4 STATIC ${amdgpu_pm4_sources})
target_include_directories(sporkle_amdgpu_pm4 PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>")
target_link_libraries(sporkle_amdgpu_pm4 PUBLIC sporkle_dsl PRIVATE $<BUILD_INTERFACE:sporkle_settings>)
