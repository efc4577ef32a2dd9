# The code generator for Vulkan: per-thread Tile IR → one SPIR-V module a dispatch.
find_package(SPIRV-Tools REQUIRED CONFIG)
find_package(SPIRV-Tools-opt REQUIRED CONFIG)

file(GLOB spirv_emit_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/*.cpp")
add_library(sporkle_spirv_emit STATIC ${spirv_emit_sources})
target_include_directories(sporkle_spirv_emit SYSTEM PRIVATE "${SPIRV_HEADERS_INCLUDE_DIR}")
target_link_libraries(sporkle_spirv_emit PUBLIC sporkle_codegen
                      PRIVATE SPIRV-Tools-opt SPIRV-Tools-static $<BUILD_INTERFACE:sporkle_settings>)

sporkle_emit_target(spirv sporkle_spirv_emit)
