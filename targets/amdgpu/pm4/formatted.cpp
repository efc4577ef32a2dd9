#include "targets/amdgpu/pm4/formatted.hpp"

#include <cstdarg>
#include <cstdio>

namespace sporkle::amdgpu::pm4 {

std::string formatted(const char* format, ...) {
    std::va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = std::vsnprintf(nullptr, 0, format, arguments);
    va_end(arguments);
    std::string text(length > 0 ? static_cast<std::size_t>(length) : 0, '\0');
    std::vsnprintf(text.data(), text.size() + 1, format, again);
    va_end(again);
    return text;
}

}  // namespace sporkle::amdgpu::pm4
