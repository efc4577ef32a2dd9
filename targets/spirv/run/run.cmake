# The device driver for Vulkan. Only headers are needed to build it: the library is opened when devices are.
find_path(VULKAN_INCLUDE_DIR vulkan/vulkan_core.h)
if(NOT VULKAN_INCLUDE_DIR)
  message(STATUS "sporkle: no Vulkan headers (Debian: libvulkan-dev); the runtime is built without Vulkan devices")
  return()
endif()
file(GLOB spirv_run_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/*.cpp")
# The files of compiled modules carry a hash of the code that decides what becomes of a module.
file(GLOB spirv_versioned_sources CONFIGURE_DEPENDS
     "${CMAKE_CURRENT_LIST_DIR}/*.[ch]pp" "${CMAKE_CURRENT_LIST_DIR}/../interface/*.[ch]pp")
set(spirv_version_header "${CMAKE_CURRENT_BINARY_DIR}/targets/spirv/sporkle_spirv_adapter_version.hpp")
add_custom_command(OUTPUT "${spirv_version_header}"
                   COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${spirv_version_header}" "-DSOURCES=${spirv_versioned_sources}"
                           -P "${CMAKE_CURRENT_LIST_DIR}/adapter_version.cmake"
                   DEPENDS ${spirv_versioned_sources} "${CMAKE_CURRENT_LIST_DIR}/adapter_version.cmake"
                   COMMENT "Hashing the code that adapts SPIR-V modules" VERBATIM)
add_custom_target(sporkle_spirv_version DEPENDS "${spirv_version_header}")
add_dependencies(sporkle_runtime sporkle_spirv_version)
target_include_directories(sporkle_runtime PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/targets/spirv")
sporkle_run_target(spirv ${spirv_run_sources} ${spirv_interface_sources})
target_include_directories(sporkle_runtime SYSTEM PRIVATE "${VULKAN_INCLUDE_DIR}" "${SPIRV_HEADERS_INCLUDE_DIR}")
target_link_libraries(sporkle_runtime PRIVATE ${CMAKE_DL_LIBS})
# Modules are adapted whenever a kernel is loaded: there speed counts more than size. Probes are made once for a driver.
set(spirv_fast_sources ${spirv_interface_sources} "${CMAKE_CURRENT_LIST_DIR}/module.cpp"
    "${CMAKE_CURRENT_LIST_DIR}/pipeline_cache.cpp")
list(FILTER spirv_fast_sources EXCLUDE REGEX "/probe_modules\\.cpp$")
set_source_files_properties(${spirv_fast_sources} TARGET_DIRECTORY sporkle_runtime
                            PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Release>:-O2>)
