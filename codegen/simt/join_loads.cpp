// One pass over each region's straight code. A run begins at a load whose alignment allows a vector; the
// loads that follow it and read the next elements join it, as long as nothing in between may change what they
// read.
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

class LoadJoiner {
  public:
    explicit LoadJoiner(const tile::Kernel& kernel) : kernel_(kernel), definitions_(kernel) {}

    tile::Kernel run() {
        region(kernel_.body);
        return std::move(kernel_);
    }

  private:
    /// The loads of elements first, first + 1, … by their places in the region; -1 where there is none.
    using Run = std::array<int, most_lanes>;

    static bool is_single(const Instruction& i) { return i.op == Op::load && !i.masked; }

    /// Whether memory may differ after the instruction. What other members write is seen after barriers.
    static bool may_write(const Instruction& i) {
        return tile::writes(i.op) || i.op == Op::barrier ||
               std::any_of(i.regions.begin(), i.regions.end(), [](const Region& r) {
                   return std::any_of(r.body.begin(), r.body.end(), may_write);
               });
    }

    void region(Region& r) {
        for (Instruction& i : r.body)
            for (Region& inner : i.regions) region(inner);
        std::vector<Instruction> written;
        std::vector<Value> vectors(r.body.size());  // by place: what a load became a lane of
        std::vector<int> lane(r.body.size());
        for (std::size_t n = 0; n < r.body.size(); ++n) {
            Instruction& i = r.body[n];
            if (!vectors[n]) begin_run(r, n, written, vectors, lane);
            if (!vectors[n]) {
                written.push_back(std::move(i));
                continue;
            }
            Instruction extract;
            extract.op = Op::extract;
            extract.operands = {vectors[n]};
            extract.results = i.results;
            extract.imm = lane[n];
            written.push_back(std::move(extract));
        }
        r.body = std::move(written);
    }

    /// If the load at place n begins a run, writes the vector load and notes its lanes.
    void begin_run(const Region& r, std::size_t n, std::vector<Instruction>& written,
                   std::vector<Value>& vectors, std::vector<int>& lane) {
        const Instruction& first = r.body[n];
        if (!is_single(first) || kernel_.type_of(first.results[0]).lanes != 1) return;
        const tile::Type type = kernel_.type_of(first.results[0]);
        const int bytes = size_of(type.scalar);
        const int allowed = std::min({most_lanes, most_bytes / bytes, first.alignment / bytes});
        if (allowed < 2) return;
        const Run run = followers(r, n, vectors);
        const auto whole = [&](int lanes) {
            return lanes <= allowed &&
                   std::all_of(run.begin(), run.begin() + lanes, [](int p) { return p >= 0; });
        };
        const int lanes = whole(4) ? 4 : whole(2) ? 2 : 1;
        if (lanes == 1) return;
        const Value vector{static_cast<std::uint32_t>(kernel_.types.size())};
        kernel_.types.push_back(type.with_lanes(lanes));
        Instruction load = first;
        load.results = {vector};
        written.push_back(std::move(load));
        for (int l = 0; l < lanes; ++l) {
            const auto place = static_cast<std::size_t>(run[static_cast<std::size_t>(l)]);
            vectors[place] = vector;
            lane[place] = l;
        }
    }

    /// Later loads of the elements behind the one at place n, up to what may write.
    Run followers(const Region& r, std::size_t n, const std::vector<Value>& taken) const {
        Run run{static_cast<int>(n), -1, -1, -1};
        const Instruction& first = r.body[n];
        const ElementForm element = definitions_.form(first.operands[0]);
        for (std::size_t next = n + 1; next < r.body.size() && !may_write(r.body[next]); ++next) {
            const Instruction& i = r.body[next];
            if (!is_single(i) || i.buffer != first.buffer || taken[next] ||
                kernel_.type_of(i.results[0]).lanes != 1)
                continue;
            const ElementForm distance = ElementForm::difference(definitions_.form(i.operands[0]), element);
            if (!distance.terms.empty() || distance.constant < 1 || distance.constant >= most_lanes) continue;
            int& place = run[static_cast<std::size_t>(distance.constant)];
            if (place < 0) place = static_cast<int>(next);
        }
        return run;
    }

    tile::Kernel kernel_;
    Definitions definitions_;
};

}  // namespace

tile::Kernel join_loads(const tile::Kernel& kernel) { return LoadJoiner(kernel).run(); }

}  // namespace sporkle::codegen
