// Element types of tensors and of the values that kernels compute.
#pragma once

#include <cstdint>
#include <string_view>

namespace sporkle {

/// Every element type a tensor may have. The numbers are part of the bundle format: never reorder.
enum class DType : std::uint8_t { f64, f32, f16, bf16, i8, u8, i16, i32, u32, i64, boolean };

inline constexpr int dtype_count = 11;

/// Size of one stored element in bytes. A boolean is stored as one byte, 0 or 1.
constexpr int size_of(DType type) {
    switch (type) {
        case DType::f64:
        case DType::i64:
            return 8;
        case DType::f32:
        case DType::i32:
        case DType::u32:
            return 4;
        case DType::f16:
        case DType::bf16:
        case DType::i16:
            return 2;
        case DType::i8:
        case DType::u8:
        case DType::boolean:
            return 1;
    }
    return 0;
}

constexpr std::string_view name_of(DType type) {
    constexpr std::string_view names[dtype_count] = {"f64", "f32", "f16", "bf16", "i8",  "u8",
                                                     "i16", "i32", "u32", "i64",  "bool"};
    const auto number = static_cast<unsigned>(type);
    return number < dtype_count ? names[number] : std::string_view("invalid");
}

constexpr bool is_float(DType type) {
    return type == DType::f64 || type == DType::f32 || type == DType::f16 || type == DType::bf16;
}
constexpr bool is_integer(DType type) { return !is_float(type) && type != DType::boolean; }
constexpr bool is_signed(DType type) {
    return is_float(type) || type == DType::i8 || type == DType::i16 || type == DType::i32 ||
           type == DType::i64;
}

/// f16 and bf16 are storage types: they are widened to f32 when read and rounded once when stored.
/// `value_type` is the type in which an element of the given storage type takes part in arithmetic.
constexpr DType value_type(DType storage) {
    return storage == DType::f16 || storage == DType::bf16 ? DType::f32 : storage;
}

}  // namespace sporkle
