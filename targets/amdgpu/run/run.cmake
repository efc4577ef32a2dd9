# The device driver for AMD GPUs, straight on the kernel's interface: libdrm's headers, not its library.
find_path(AMDGPU_DRM_INCLUDE_DIR amdgpu_drm.h PATH_SUFFIXES libdrm)
if(NOT AMDGPU_DRM_INCLUDE_DIR)
  message(STATUS "sporkle: no amdgpu headers (Debian: libdrm-dev); the runtime is built without AMD devices")
  return()
endif()
file(GLOB amdgpu_run_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/*.cpp")
# Templates are made when kernels are built, and packets are printed by tools.
set(amdgpu_run_pm4_sources ${amdgpu_pm4_sources})
list(FILTER amdgpu_run_pm4_sources EXCLUDE REGEX "/(template_builder|kernel_descriptor|text)\\.cpp$")
# Nobody outside of the runtime calls them there: their long names need not be in the library.
set_source_files_properties(${amdgpu_run_pm4_sources} PROPERTIES COMPILE_OPTIONS -fvisibility=hidden)
sporkle_run_target(amdgpu ${amdgpu_run_sources} ${amdgpu_run_pm4_sources})
target_include_directories(sporkle_runtime SYSTEM PRIVATE "${AMDGPU_DRM_INCLUDE_DIR}")
