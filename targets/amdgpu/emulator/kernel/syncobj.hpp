// A DRM synchronization object: one fence, or a timeline of them.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "targets/amdgpu/emulator/gpu/fence.hpp"

namespace sporkle::amdgpu::emulator {

struct Syncobj {
    Fences fences;                      ///< of a timeline as many as it has points, else one or none
    std::vector<std::uint64_t> points;  ///< ascending; empty: no timeline

    bool has_fence() const { return !fences.empty(); }
    bool is_timeline() const { return !points.empty(); }

    void replace(FencePtr fence) {
        points.clear();
        fences.assign(1, std::move(fence));
    }
    void clear() {
        points.clear();
        fences.clear();
    }
    void add_point(std::uint64_t point, FencePtr fence) {
        // A single fence that was there before stays in front of the timeline, as point 0.
        if (points.empty() && !fences.empty()) points.push_back(0);
        points.push_back(point);
        fences.push_back(std::move(fence));
    }
    /// What has to be signaled for a point, 0 for all that is there; nothing where no fence has that point
    /// yet.
    std::optional<Fences> at(std::uint64_t point) const {
        if (fences.empty()) return std::nullopt;
        if (point == 0) return fences;
        for (std::size_t n = 0; n < points.size(); ++n)
            if (points[n] >= point) return Fences(fences.begin(), fences.begin() + static_cast<long>(n) + 1);
        return std::nullopt;
    }
    std::uint64_t last_point() const { return points.empty() ? 0 : points.back(); }
    /// Up to which everything is signaled.
    std::uint64_t signaled_point() const {
        std::uint64_t reached = 0;
        for (std::size_t n = 0; n < points.size() && fences[n]->signaled; ++n) reached = points[n];
        return reached;
    }
};

}  // namespace sporkle::amdgpu::emulator
