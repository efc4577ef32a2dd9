// One pass over each region's straight code, as in join_loads.cpp. A run begins at a store to shared memory
// whose element number allows a vector; the stores that follow it and write the next elements join it, as
// long as nothing in between touches that memory. All of them happen where the last one stood.
#include <algorithm>
#include <array>
#include <vector>

#include "codegen/ir/rules.hpp"
#include "codegen/simt/distribute.hpp"
#include "codegen/simt/element_form.hpp"

namespace sporkle::codegen {
namespace {

using tile::Instruction;
using tile::Op;
using tile::Region;
using tile::Value;

constexpr int most_lanes = 4, most_bytes = 16;

class StoreJoiner {
  public:
    explicit StoreJoiner(const tile::Kernel& kernel) : kernel_(kernel), definitions_(kernel) {}

    tile::Kernel run() {
        region(kernel_.body);
        return std::move(kernel_);
    }

  private:
    /// The stores to elements first, first + 1, … by their places in the region; -1 where there is none.
    using Run = std::array<int, most_lanes>;

    bool is_single(const Instruction& i) const {
        return i.op == Op::store && !i.masked && !i.nontemporal &&
               kernel_.buffers[static_cast<std::size_t>(i.buffer)].space == tile::Space::shared &&
               kernel_.type_of(i.operands[0]).lanes == 1;
    }

    /// Whether the order of the instruction and a store to the buffer matters.
    static bool touches(const Instruction& i, int buffer) {
        return i.op == Op::barrier || !i.regions.empty() ||
               ((tile::reads(i.op) || tile::writes(i.op)) && i.buffer == buffer);
    }

    void region(Region& r) {
        for (Instruction& i : r.body)
            for (Region& inner : i.regions) region(inner);
        std::vector<Run> runs(r.body.size(), Run{-1, -1, -1, -1});  // by the place of the last store
        std::vector<bool> taken(r.body.size());
        for (std::size_t n = 0; n < r.body.size(); ++n) {
            if (taken[n] || !is_single(r.body[n])) continue;
            const Run run = whole_run(r, n, taken);
            if (run[1] < 0) continue;
            for (const int place : run)
                if (place >= 0) taken[static_cast<std::size_t>(place)] = true;
            runs[static_cast<std::size_t>(*std::max_element(run.begin(), run.end()))] = run;
        }
        std::vector<Instruction> written;
        for (std::size_t n = 0; n < r.body.size(); ++n) {
            if (runs[n][0] >= 0) write_run(r, runs[n], written);
            if (!taken[n]) written.push_back(std::move(r.body[n]));
        }
        r.body = std::move(written);
    }

    /// The longest run that begins at place n: 4, 2 or 1 stores.
    Run whole_run(const Region& r, std::size_t n, const std::vector<bool>& taken) const {
        Run run{static_cast<int>(n), -1, -1, -1};
        const Instruction& first = r.body[n];
        const ElementForm element = definitions_.form(first.operands[1]);
        const int bytes = size_of(kernel_.type_of(first.operands[0]).scalar);
        int lanes = std::min(most_lanes, most_bytes / bytes);
        while (lanes > 1 && definitions_.factor(element) % lanes != 0) lanes /= 2;
        for (std::size_t next = n + 1; lanes > 1 && next < r.body.size(); ++next) {
            const Instruction& i = r.body[next];
            if (!touches(i, first.buffer)) continue;
            if (!is_single(i) || taken[next]) break;
            const ElementForm distance = ElementForm::difference(definitions_.form(i.operands[1]), element);
            if (!distance.terms.empty() || distance.constant < 1 || distance.constant >= lanes) break;
            int& place = run[static_cast<std::size_t>(distance.constant)];
            if (place >= 0) break;
            place = static_cast<int>(next);
        }
        while (lanes > 1 && std::find(run.begin(), run.begin() + lanes, -1) != run.begin() + lanes)
            lanes /= 2;
        std::fill(run.begin() + lanes, run.end(), -1);
        return run;
    }

    void write_run(const Region& r, const Run& run, std::vector<Instruction>& written) {
        const Instruction& first = r.body[static_cast<std::size_t>(run[0])];
        Instruction concat;
        concat.op = Op::concat;
        for (const int place : run)
            if (place >= 0) concat.operands.push_back(r.body[static_cast<std::size_t>(place)].operands[0]);
        const tile::Type type = kernel_.type_of(first.operands[0]);
        const int lanes = static_cast<int>(concat.operands.size());
        const Value vector{static_cast<std::uint32_t>(kernel_.types.size())};
        kernel_.types.push_back(type.with_lanes(lanes));
        concat.results = {vector};
        Instruction store = first;
        store.operands[0] = vector;
        store.alignment = lanes * size_of(type.scalar);
        written.push_back(std::move(concat));
        written.push_back(std::move(store));
    }

    tile::Kernel kernel_;
    Definitions definitions_;
};

}  // namespace

tile::Kernel join_stores(const tile::Kernel& kernel) { return StoreJoiner(kernel).run(); }

}  // namespace sporkle::codegen
