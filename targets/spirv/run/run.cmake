# The device driver for Vulkan. Only headers are needed to build it: the library is opened when devices are.
find_path(VULKAN_INCLUDE_DIR vulkan/vulkan_core.h)
if(NOT VULKAN_INCLUDE_DIR)
  message(STATUS "sporkle: no Vulkan headers (Debian: libvulkan-dev); the runtime is built without Vulkan devices")
  return()
endif()
file(GLOB spirv_run_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/*.cpp")
sporkle_run_target(spirv ${spirv_run_sources} ${spirv_interface_sources})
target_include_directories(sporkle_runtime SYSTEM PRIVATE "${VULKAN_INCLUDE_DIR}" "${SPIRV_HEADERS_INCLUDE_DIR}")
target_link_libraries(sporkle_runtime PRIVATE ${CMAKE_DL_LIBS})
# Modules are adapted whenever a kernel is loaded: there speed counts more than size. Probes are made once for a driver.
set(spirv_fast_sources ${spirv_interface_sources} "${CMAKE_CURRENT_LIST_DIR}/module.cpp")
list(FILTER spirv_fast_sources EXCLUDE REGEX "/probe_modules\\.cpp$")
set_source_files_properties(${spirv_fast_sources} TARGET_DIRECTORY sporkle_runtime
                            PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Release>:-O2>)
