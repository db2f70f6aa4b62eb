// `audit prove`: an entry, its inclusion proof and the checkpoint in one text (C2SP tlog-proof)
// that anybody can verify with nothing but the log's public key.
#include <fmt/format.h>

#include <optional>

#include "app/commands.h"
#include "base/ids.h"
#include "base/text.h"
#include "formats/json/document.h"
#include "formats/json/writer.h"
#include "tlog/prover.h"
#include "verifier/proof_file.h"
#include "verifier/tile.h"

namespace sally::app {
namespace {

using verifier::Bundle;
using verifier::TileFile;

constexpr size_t kMaxBundle = verifier::kTileWidth * (2 + verifier::kMaxEntry);

// The entries of a log that its checkpoint covers, from bundles.
class Entries {
 public:
  Entries(std::filesystem::path folder, uint64_t size) : folder_(std::move(folder)), size_(size) {}

  Result<Bytes> at(uint64_t index) {
    TRY_OK(load(index / verifier::kTileWidth));
    return view(static_cast<unsigned>(index % verifier::kTileWidth));
  }

  // The entry whose own id is `id`; the newest is looked at first.
  Result<uint64_t> find(const std::string& id) {
    const std::string quoted = "\"" + id + "\"";
    for (uint64_t left = (size_ + verifier::kTileWidth - 1) / verifier::kTileWidth; left > 0;
         --left) {
      const Result<> loaded = load(left - 1);
      if (!loaded.ok() && loaded.error().kind() == ErrorKind::kNotFound) {
        break;  // pruned from here on
      }
      TRY_OK(loaded);
      if (as_text(file_.bytes).find(quoted) == std::string_view::npos) {
        continue;
      }
      for (unsigned i = bundle_.size(); i > 0; --i) {
        if (is_of(view(i - 1), id)) {
          return (left - 1) * verifier::kTileWidth + i - 1;
        }
      }
    }
    return Error(ErrorKind::kNotFound, fmt::format("no entry `{}` below the checkpoint", id),
                 "an entry is covered by a checkpoint about a second after it was recorded");
  }

 private:
  Result<> load(uint64_t bundle) {
    const uint64_t first = bundle * verifier::kTileWidth;
    const auto width =
        static_cast<unsigned>(std::min<uint64_t>(verifier::kTileWidth, size_ - first));
    TRY_OK(verifier::read_tile(folder_, verifier::kBundles, bundle, width, kMaxBundle, file_));
    bundle_ = Bundle::cut(file_.bytes, width);
    if (bundle_.size() < width) {
      return Error(ErrorKind::kCorrupt,
                   fmt::format("`{}` is cut off at byte {}", file_.path, bundle_.stops_at()),
                   "sallyport audit verify");
    }
    return ok();
  }
  [[nodiscard]] Bytes view(unsigned i) const {
    const auto at = [this](size_t offset) {
      return file_.bytes.begin() + static_cast<ptrdiff_t>(offset);
    };
    return {at(bundle_.begin(i)), at(bundle_.end(i))};
  }
  // `metadata.uid` of an event is its id.
  static bool is_of(const Bytes& entry, std::string_view id) {
    const auto document = formats::JsonDocument::parse(as_text(entry));
    if (!document.ok()) {
      return false;
    }
    const auto metadata = document->root().find("metadata");
    const auto uid = metadata ? metadata->find("uid") : std::nullopt;
    return uid && uid->as_string().value_or("") == id;
  }

  std::filesystem::path folder_;
  uint64_t size_;
  TileFile file_;
  Bundle bundle_;
};

std::string proof_json(const verifier::ProofFile& file, const verifier::Checkpoint& checkpoint) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object();
  json.member("origin", checkpoint.origin).member("size", checkpoint.size);
  json.member("index", file.index).member("entry", as_text(file.entry));
  json.key("inclusion").begin_array();
  for (const verifier::Hash& hash : file.proof) {
    json.string(verifier::show_hash(hash));
  }
  json.end_array();
  json.member("checkpoint", file.checkpoint).member("proof", file.to_string());
  json.end_object();
  json.finish();
  return out + "\n";
}

}  // namespace

Result<int> audit_prove(const World& world, const AuditProveOptions& options) {
  std::filesystem::path folder = options.folder;
  if (folder.empty()) {
    TRY(const ConfigPtr config, open_config(world, options.config, Reading::kPaths));
    folder = config->ledger.folder;
  }
  Bytes note;
  const Result<> read = verifier::read_file(folder / "checkpoint", verifier::kMaxNote, note);
  if (!read.ok()) {
    return Error(read.error().kind(), read.error().message(),
                 "a log has a checkpoint about a second after its first entry");
  }
  TRY(const verifier::SignedCheckpoint checkpoint,
      verifier::SignedCheckpoint::parse(as_text(note)));
  const uint64_t size = checkpoint.body.size;
  Entries entries(folder, size);
  std::optional<uint64_t> index = verifier::parse_decimal(options.entry);
  if (!index) {
    const auto id = Ulid::parse(options.entry);
    if (!id.ok()) {
      return Error(
          ErrorKind::kUsage,
          fmt::format("`{}` is neither the number of an entry nor an id", printable(options.entry)),
          "a number counts from 0; an id has 26 characters");
    }
    TRY(index, entries.find(std::string(id->str())));
  }
  if (*index >= size) {
    return Error(ErrorKind::kNotFound,
                 fmt::format("entry {} is not below the checkpoint, which covers {}", *index, size),
                 "an entry is covered about a second after it was recorded");
  }
  verifier::ProofFile file{.index = *index, .checkpoint = std::string(as_text(note))};
  TRY(file.entry, entries.at(*index));
  tlog::FolderTiles tiles(folder);
  tlog::Prover prover(tiles, size);
  TRY(file.proof, prover.inclusion(*index));
  // What is handed out holds: the verifier, which knows nothing of the prover, says so.
  TRY(const verifier::ProofVerdict verdict, verifier::verify(file, {}));
  if (!verdict.problems.empty()) {
    return Error(ErrorKind::kCorrupt, verdict.problems.front(), "sallyport audit verify");
  }
  world.console.out(options.format == Format::kJson ? proof_json(file, checkpoint.body)
                                                    : file.to_string());
  return kFine;
}

}  // namespace sally::app
