# The installed package: what find_package(Sporkle) finds.
include(CMakePackageConfigHelpers)

set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/Sporkle")
set(package_targets sporkle_dsl sporkle_runtime)
if(SPORKLE_BUILD_COMPILER)
  list(APPEND package_targets sporklec)
endif()
install(TARGETS ${package_targets} EXPORT SporkleTargets)
install(TARGETS sporkle)

install(DIRECTORY dsl/include/ runtime/include/ DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")
install(EXPORT SporkleTargets NAMESPACE Sporkle:: DESTINATION "${package_folder}")

configure_package_config_file(tools/cmake/SporkleConfig.cmake.in "${PROJECT_BINARY_DIR}/SporkleConfig.cmake"
                              INSTALL_DESTINATION "${package_folder}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/SporkleConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/SporkleConfig.cmake" "${PROJECT_BINARY_DIR}/SporkleConfigVersion.cmake"
              tools/cmake/SporkleKernels.cmake
        DESTINATION "${package_folder}")
