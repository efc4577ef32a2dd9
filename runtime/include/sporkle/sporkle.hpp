// Everything an application needs to run kernels. Kernels themselves are written with <sporkle/dsl.hpp>.
#pragma once

#include <sporkle/array.hpp>
#include <sporkle/context.hpp>
#include <sporkle/device_array.hpp>
#include <sporkle/error.hpp>
#include <sporkle/executor.hpp>
