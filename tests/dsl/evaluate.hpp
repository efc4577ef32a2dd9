// Evaluates kernels of the notation with the reference, on small arrays.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sporkle/element.hpp>
#include <sporkle/reference.hpp>
#include <sporkle/signature.hpp>
#include <sporkle/validate.hpp>

namespace sporkle::testing {

/// A dense row-major array. Booleans are bytes.
template <class T>
struct Dense {
    std::vector<std::int64_t> extents;
    std::vector<T> data;

    explicit Dense(std::vector<std::int64_t> of, std::vector<T> values = {})
        : extents(std::move(of)), data(std::move(values)) {
        data.resize(static_cast<std::size_t>(
            std::accumulate(extents.begin(), extents.end(), std::int64_t{1}, std::multiplies<>())));
    }
    template <class... I>
    T& operator()(I... index) {
        std::int64_t place = 0;
        std::size_t d = 0;
        ((place = place * extents[d++] + static_cast<std::int64_t>(index)), ...);
        return data[static_cast<std::size_t>(place)];
    }
    TensorView view() {
        TensorView result;
        result.data = data.data();
        std::int64_t stride = 1;
        for (std::size_t d = extents.size(); d-- > 0;) {
            result.extents[d] = extents[d];
            result.strides[d] = stride;
            stride *= extents[d];
        }
        return result;
    }
};

/// Small integers without pattern, so that sums are exact in every order.
template <class T>
Dense<T> numbers(std::vector<std::int64_t> extents, unsigned seed) {
    Dense<T> result(std::move(extents));
    for (T& x : result.data) {
        seed = seed * 1664525u + 1013904223u;
        x = static_cast<T>(static_cast<int>(seed >> 28) - (std::is_unsigned_v<T> ? 0 : 7));
    }
    return result;
}

template <class T>
CallArgument call_argument(Dense<T>& array) {
    return {array.view(), 0};
}
template <class T>
requires std::is_arithmetic_v<T> CallArgument call_argument(const T& scalar) {
    CallArgument argument;
    std::memcpy(&argument.scalar, &scalar, sizeof(scalar));
    return argument;
}

template <KernelObject K, class... Arguments>
void evaluate(const K& kernel, Arguments&&... arguments) {
    static_assert(sizeof...(Arguments) == K::signature.count);
    ASSERT_EQ(validate(kernel.program()), "");
    EXPECT_EQ(signature_of(kernel.program()), K::signature);
    EXPECT_EQ(hash_of(kernel.program()), kernel.hash());
    const CallArgument call[] = {call_argument(arguments)...};
    reference(kernel.program(), call);
}

}  // namespace sporkle::testing
