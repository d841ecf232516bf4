import '../src/elements/elements.css';
import '../src/features/datasets/datasets.css';
import '../src/features/datasets/import.css';
import '../src/features/datasets/curation/curation.css';
import '../src/features/training/training.css';
import '../src/features/cluster/cluster.css';
import '../src/features/runs/runs.css';
import './cell.css';
