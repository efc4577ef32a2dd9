// Filters of RGB photographs, 8 bits a channel: rows × columns × channels. Borders are mirrored.
#pragma once

#include <sporkle/dsl.hpp>

namespace photo::kernels {

using namespace sporkle::dsl;

inline constexpr int radius = 6;  ///< of the blur, in pixels

inline constexpr auto y = index<"y">;
inline constexpr auto x = index<"x">;
inline constexpr auto c = index<"c">;
inline constexpr auto t = index<"t", 2 * radius + 1>;  // place in the blur's window
inline constexpr auto r = index<"r", 3>;               // place in a 3×3 window
inline constexpr auto s = index<"s", 3>;
inline constexpr auto rgb = index<"rgb", 3>;

inline constexpr auto photo = tensor<"photo", u8, 3>.boundary(reflect);
inline constexpr auto result = tensor<"result", u8, 3>;

/// A brightness as the nearest 8-bit one.
constexpr auto to_u8(const auto& brightness) {
    return cast<u8>(round_even(min(max(brightness, 0.0f), 255.0f)));
}

// Gaussian blur, one direction after the other: the weights sum to 1.
inline constexpr auto weight = tensor<"weight", f32, 1>;
inline constexpr auto blurred_rows = temporary<"blurred_rows", f32, 3>.boundary(reflect);

inline constexpr auto blur =
    kernel<"blur">(blurred_rows(y, x, c) = sum(t, cast<f32>(photo(y, x + t - radius, c)) * weight(t)),
                   result(y, x, c) = to_u8(sum(t, blurred_rows(y + t - radius, x, c) * weight(t))));

// Unsharp mask: away from the mean of the neighbours.
inline constexpr auto amount = scalar<"amount", f32>;
inline constexpr auto brightness = cast<f32>(photo(y, x, c));
inline constexpr auto neighbours = sum(r, s, cast<f32>(photo(y + r - 1, x + s - 1, c))) / 9.0f;

inline constexpr auto sharpen =
    kernel<"sharpen">(result(y, x, c) = to_u8(brightness + amount * (brightness - neighbours)));

// Sobel's gradient magnitude of the luma.
inline constexpr auto luma_weight = tensor<"luma_weight", f32, 1>;
inline constexpr auto smooth = tensor<"smooth", f32, 1>;  // 1 2 1
inline constexpr auto slope = tensor<"slope", f32, 1>;    // -1 0 1
inline constexpr auto luma = temporary<"luma", f32, 2>.boundary(reflect);
inline constexpr auto down = temporary<"down", f32, 2>;
inline constexpr auto across = temporary<"across", f32, 2>;
inline constexpr auto edges = tensor<"edges", u8, 2>;

inline constexpr auto sobel =
    kernel<"sobel">(luma(y, x) = sum(rgb, cast<f32>(photo(y, x, rgb)) * luma_weight(rgb)),
                    down(y, x) = sum(r, s, luma(y + r - 1, x + s - 1) * (slope(r) * smooth(s))),
                    across(y, x) = sum(r, s, luma(y + r - 1, x + s - 1) * (smooth(r) * slope(s))),
                    edges(y, x) = to_u8(sqrt(down(y, x) * down(y, x) + across(y, x) * across(y, x))));

// Tone mapping as film does it: light, taken as the square of the brightness, saturates exponentially.
inline constexpr auto exposure = scalar<"exposure", f32>;
inline constexpr auto light = brightness * brightness * (1.0f / 65025.0f);

inline constexpr auto tone =
    kernel<"tone">(result(y, x, c) = to_u8(255.0f * sqrt(1.0f - exp(-exposure * light))));

}  // namespace photo::kernels
