#include "dataset.hpp"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <numeric>
#include <stdexcept>

namespace digits {
namespace {

std::string read_gzip(const std::string& path) {
    const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
    if (!file) throw std::runtime_error(path + " cannot be opened");
    std::string text;
    char buffer[1 << 16];
    int n = 0;
    while ((n = gzread(file.get(), buffer, sizeof buffer)) > 0)
        text.append(buffer, static_cast<std::size_t>(n));
    if (n < 0) throw std::runtime_error(path + " is no intact gzip file");
    return text;
}

/// Reads `pixels` grey levels and a label from one line.
bool parse_line(const char* begin, const char* end, Dataset& into) {
    for (int column = 0; column <= pixels; ++column) {
        int value = 0;
        const auto [rest, error] = std::from_chars(begin, end, value);
        const int highest = column < pixels ? 16 : classes - 1;
        if (error != std::errc() || value < 0 || value > highest) return false;
        if (column < pixels)
            into.images.push_back(static_cast<float>(value) / 16.0f);
        else
            into.labels.push_back(value);
        if (column == pixels) return rest == end;
        if (rest == end || *rest != ',') return false;
        begin = rest + 1;
    }
    return false;
}

void append(Dataset& to, const Dataset& from, int number) {
    const auto first = from.images.begin() + std::ptrdiff_t(number) * pixels;
    to.images.insert(to.images.end(), first, first + pixels);
    to.labels.push_back(from.labels[static_cast<std::size_t>(number)]);
}

}  // namespace

Dataset load(const std::string& path) {
    const std::string text = read_gzip(path);
    Dataset all;
    int number = 0;
    for (const char *line = text.data(), *end = line + text.size(); line != end;) {
        const char* stop = std::find(line, end, '\n');
        if (!parse_line(line, stop != line && stop[-1] == '\r' ? stop - 1 : stop, all))
            throw std::runtime_error(path + ", line " + std::to_string(number + 1) +
                                     ": expected 64 grey levels 0 … 16 and a digit");
        ++number;
        line = stop == end ? end : stop + 1;
    }
    return all;
}

std::uint64_t Random::next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

std::uint32_t Random::below(std::uint32_t n) { return static_cast<std::uint32_t>((next() >> 32) * n >> 32); }

float Random::symmetric(float limit) {
    const float unit = static_cast<float>(next() >> 40) * 0x1p-24f;  // [0, 1), exact
    return limit * (2.0f * unit - 1.0f);
}

std::vector<int> shuffled(int n, Random& random) {
    std::vector<int> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t i = order.size(); i > 1; --i)
        std::swap(order[i - 1], order[random.below(static_cast<std::uint32_t>(i))]);
    return order;
}

Split split(const Dataset& all, std::uint64_t seed) {
    Random random(seed);
    const std::vector<int> order = shuffled(all.size(), random);
    Split parts;
    for (std::size_t i = 0; i < order.size(); ++i)
        append(5 * i < order.size() ? parts.held_out : parts.training, all, order[i]);
    return parts;
}

}  // namespace digits
