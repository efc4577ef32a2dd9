# What the emitter and the driver of this target share; no LLVM, no SPIRV-Tools, no Vulkan. The driver compiles
# ${spirv_interface_sources} into the runtime.
find_path(SPIRV_HEADERS_INCLUDE_DIR spirv/unified1/spirv.hpp11)
if(NOT SPIRV_HEADERS_INCLUDE_DIR)
  message(FATAL_ERROR "sporkle: spirv/unified1/spirv.hpp11 not found (Debian package spirv-headers)")
endif()
file(GLOB spirv_interface_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/*.cpp")
