#include "picture.hpp"

#include <stb/stb_image_write.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace digits {
namespace {

constexpr int zoom = 10, margin = 8, label_zoom = 4;
constexpr int tile_width = side * zoom + 2 * margin, tile_height = tile_width + 5 * label_zoom + margin;
constexpr int columns = 6;

using Colour = std::array<unsigned char, 3>;
constexpr Colour paper{250, 250, 247}, red{196, 52, 44}, green{38, 132, 72};

/// Digits in 3×5 pixels; bit 2 of a row is its left pixel.
constexpr unsigned char font[10][5] = {{7, 5, 5, 5, 7}, {2, 6, 2, 2, 7}, {7, 1, 7, 4, 7}, {7, 1, 7, 1, 7},
                                       {5, 5, 7, 1, 1}, {7, 4, 7, 1, 7}, {7, 4, 7, 5, 7}, {7, 1, 1, 2, 2},
                                       {7, 5, 7, 5, 7}, {7, 5, 7, 1, 7}};

class Canvas {
  public:
    Canvas(int width, int height) : width_(width), height_(height) {
        for (int i = 0; i < width * height; ++i) pixels_.insert(pixels_.end(), paper.begin(), paper.end());
    }
    void square(int x, int y, int size, const Colour& colour) {
        for (int row = y; row < y + size; ++row)
            for (int column = x; column < x + size; ++column)
                std::copy(colour.begin(), colour.end(),
                          pixels_.begin() + 3 * (std::ptrdiff_t(row) * width_ + column));
    }
    void digit(int x, int y, int value, const Colour& colour) {
        for (int row = 0; row < 5; ++row)
            for (int column = 0; column < 3; ++column)
                if (font[value][row] >> (2 - column) & 1)
                    square(x + column * label_zoom, y + row * label_zoom, label_zoom, colour);
    }
    bool write(const std::string& path) const {
        return stbi_write_png(path.c_str(), width_, height_, 3, pixels_.data(), 3 * width_) != 0;
    }

  private:
    int width_, height_;
    std::vector<unsigned char> pixels_;
};

void draw_tile(Canvas& canvas, int x, int y, const float* image, const Misread& misread) {
    for (int row = 0; row < side; ++row)
        for (int column = 0; column < side; ++column) {
            const auto ink = static_cast<unsigned char>(255.0f * (1.0f - image[row * side + column]));
            canvas.square(x + margin + column * zoom, y + margin + row * zoom, zoom, {ink, ink, ink});
        }
    const int label_y = y + tile_width;
    canvas.digit(x + margin, label_y, misread.read, red);
    canvas.digit(x + tile_width - margin - 3 * label_zoom, label_y, misread.right, green);
}

}  // namespace

void write_picture(const std::string& path, const Dataset& digits, const std::vector<Misread>& misread) {
    const int tiles = std::max(1, static_cast<int>(misread.size()));
    Canvas canvas(std::min(tiles, columns) * tile_width, (tiles + columns - 1) / columns * tile_height);
    for (std::size_t i = 0; i < misread.size(); ++i) {
        const int column = static_cast<int>(i) % columns, row = static_cast<int>(i) / columns;
        draw_tile(canvas, column * tile_width, row * tile_height,
                  digits.images.data() + std::ptrdiff_t(misread[i].number) * pixels, misread[i]);
    }
    if (!canvas.write(path)) throw std::runtime_error(path + " cannot be written");
}

}  // namespace digits
