#include "tools/sporklec/inputs.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <tuple>

#include <sporkle/error.hpp>
#include <sporkle/export_reader.hpp>
#include <sporkle/hash.hpp>

#include "tools/sporklec/object_sections.hpp"

namespace sporkle::compiler {
namespace {

std::vector<std::byte> load(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    std::vector<char> bytes;
    if (stream) bytes.assign(std::istreambuf_iterator<char>(stream), {});
    if (!stream || stream.bad())
        throw Error(ErrorCode::input_output, "'" + path + "' cannot be read: " + std::strerror(errno));
    const auto view = std::as_bytes(std::span(bytes));
    return {view.begin(), view.end()};
}

std::vector<Program> programs_of(const std::string& path) {
    const std::vector<std::byte> file = load(path);
    const std::string origin = "'" + path + "'";
    std::vector<Program> programs;
    const auto sections = sections_named(file, program_section, origin);
    if (sections.empty())
        throw Error(ErrorCode::input_output,
                    origin + " exports no kernels: it has no section " + program_section +
                        "; expected an object file of a source with SPORKLE_EXPORT, compiled without -flto");
    for (const auto& section : sections) {
        try {
            const std::vector<Program> found = read_exports(section);
            programs.insert(programs.end(), found.begin(), found.end());
        } catch (const Error& error) {
            throw Error(error.code(), origin + ": " + error.what());
        }
    }
    return programs;
}

}  // namespace

std::vector<Program> read_inputs(const Options& options) {
    std::vector<Program> all;
    for (const std::string& path : options.inputs)
        for (const Program& program : programs_of(path)) all.push_back(program);
    // Compilers differ in the order in which they lay out what a source exports.
    std::vector<std::tuple<std::string, Hash, std::size_t>> order;
    for (const Program& program : all)
        order.emplace_back(program.name.view(), hash_of(program), order.size());
    std::sort(order.begin(), order.end());

    std::vector<Program> selected;
    std::set<Hash> known;
    std::string names;
    for (const auto& [name, hash, number] : order) {
        names += " " + name;
        if (!options.kernel.empty() && options.kernel != name) continue;
        if (known.insert(hash).second) selected.push_back(all[number]);
    }
    if (selected.empty() && !options.kernel.empty())
        throw Error(ErrorCode::unknown_kernel, "no kernel '" + options.kernel + "'; the inputs export" +
                                                   (names.empty() ? " none" : names));
    return selected;
}

}  // namespace sporkle::compiler
